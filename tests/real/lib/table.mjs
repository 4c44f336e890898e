// Result rows for suites written for Node, in the same form as lib/suite.sh writes them.
import fs from 'node:fs';

export function row(verdict, name, note = '') {
  const short = String(note).replace(/\s+/g, ' ').slice(0, 200);
  console.log(verdict.padEnd(5), name.padEnd(64), short);
  fs.appendFileSync(process.env.RESULTS, `${verdict}\t${name}\t${short}\n`);
}

export function check(condition, name, note) {
  row(condition ? 'PASS' : 'FAIL', name, note);
  return Boolean(condition);
}

// A step fails by returning false or by throwing; a returned text becomes the note.
export async function run(name, step) {
  try {
    const value = await step();
    return check(value !== false, name, typeof value === 'string' ? value : '');
  } catch (error) {
    return check(false, name, error.message);
  }
}
