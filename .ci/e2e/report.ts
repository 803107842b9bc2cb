import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One line per claim of an end-to-end part; the process exits with 1 if one of them did not hold. */
export class Report {
  readonly #name: string;
  #failures = 0;

  constructor(name: string) {
    this.#name = name;
    console.log(`== ${name}`);
  }

  /** @param detail what was seen, printed only if the claim does not hold */
  check(claim: string, holds: boolean, detail: unknown = ''): void {
    if (holds) {
      console.log(`  ok    ${claim}`);
      return;
    }
    this.#failures += 1;
    const seen = typeof detail === 'string' ? detail : JSON.stringify(detail);
    console.log(`  FAIL  ${claim}${seen === '' ? '' : `: ${seen}`}`);
  }

  note(text: string): void {
    console.log(`        ${text}`);
  }

  get hasFailures(): boolean {
    return this.#failures > 0;
  }

  finish(): void {
    console.log(`== ${this.#name}: ${this.hasFailures ? `${this.#failures} claims failed` : 'passed'}`);
    process.exitCode = this.hasFailures ? 1 : 0;
  }
}

/**
 * Runs one part: its directory is temporary and removed afterwards, and whatever throws fails it.
 * @param body gets the report and an empty directory
 */
export async function runPart(
  name: string,
  body: (report: Report, directory: string) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-e2e-'));
  const report = new Report(name);
  try {
    await body(report, directory);
  } catch (error) {
    report.check(
      'the part ran to its end',
      false,
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  report.finish();
  // What the part has started and not stopped would keep it alive until its time limit.
  if (report.hasFailures) process.exit();
}
