// Temporal's time-skipping test server, which only the tests need: the SDK's download, else its Java build from Maven.
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildInCache, cacheDirectory, isExecutable, onPath } from './places.mjs';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';
import { downloadWithSdk } from './sdk-download.mjs';

const SERVER_VERSION = '1.38.0';
const directoryName = `temporal-test-server-${SERVER_VERSION}`;

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>varloom</groupId>
  <artifactId>test-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${SERVER_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

const runScript = `#!/bin/sh
exec java -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$1"
`;

export function findTestServer(tools) {
  const candidates = [tools.testServer, join(cacheDirectory, directoryName, 'test-server')];
  return candidates.find((path) => path && isExecutable(path));
}

/** Answers `{ testServer: path }` for the record of tools. */
export async function installTestServer(say) {
  const directory = await buildInCache(directoryName, async (draft) => {
    const target = join(draft, 'test-server');
    say("the SDK's own download");
    if (await downloadWithSdk('testServer', target, say)) return;
    const missing = ['java', 'mvn'].filter((program) => !onPath(program));
    if (missing.length > 0) {
      throw new SetupError(
        `the test server cannot be downloaded, and ${missing.join(' and ')} to fetch and run it are missing`,
        'Install a Java runtime (17 or newer) and Maven, e.g. sudo apt-get install default-jre-headless maven',
      );
    }
    say(`version ${SERVER_VERSION} from Maven`);
    await writeFile(join(draft, 'pom.xml'), pom);
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(draft, 'lib')}`];
    await run('mvn', ['-q', '-B', ...copy], {
      cwd: draft,
      limitSeconds: 600,
      remedy: 'Check the network and the Maven settings (~/.m2/settings.xml), then run the command again.',
    });
    await writeFile(target, runScript);
    await chmod(target, 0o755);
  });
  return { testServer: join(directory, 'test-server') };
}
