// The health check of the image, for every role: asks the operations port of its own container whether the process is ready.
// Exits 0 or 1. A gateway without that port is asked at its own.
const { OPERATIONS_PORT: operations, PORT: gateway = '8080' } = process.env;
const url = `http://127.0.0.1:${operations || gateway}/health/ready`;

try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(4000) });
  if (!answer.ok) {
    const { dependencies = {} } = await answer.json().catch(() => ({}));
    const down = Object.keys(dependencies).filter((name) => dependencies[name] === 'down');
    console.error(`not ready: status ${answer.status}${down.length > 0 ? `, down: ${down.join(', ')}` : ''}`);
  }
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.error(`not ready: ${url} does not answer (${error.name})`);
  process.exitCode = 1;
}
