// A migration, or any SQL text, as its statements: without comments, on one line each, quoted and dollar-quoted text kept.

const TOKEN = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|;|\s+|[^\s;'"$/-]+|./g;

/** The statements, in order, without their semicolons. */
export function statementsOf(text: string): string[] {
  const statements: string[] = [];
  let statement = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === ';') {
      statements.push(statement);
      statement = '';
    } else if (token.startsWith('--') || token.startsWith('/*') || token.trim() === '') statement += ' ';
    else statement += token;
  }
  return [...statements, statement].map((one) => one.replaceAll(/ +/g, ' ').trim()).filter((one) => one !== '');
}

/** Splits at commas that stand in no parentheses and no quotes. */
export function listItems(text: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let item = '';
  for (const [token] of text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[^'"]/g)) {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (token === ',' && depth === 0) {
      items.push(item.trim());
      item = '';
    } else item += token;
  }
  return [...items, item.trim()];
}

/** `"public"."jobs"`, `public.jobs` and `jobs` are all `jobs`; other schemas keep their name. */
export const plainName = (name: string): string =>
  name
    .replaceAll('"', '')
    .toLowerCase()
    .replace(/^public\./, '');
