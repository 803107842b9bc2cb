/** Twice the load that a model can carry leaves most of its capacity, and no answer comes after its deadline. */
import { measureOverload } from '../../bench/scenarios/overload.ts';
import { runPart } from './report.ts';

await runPart('overload', async (report, directory) => {
  const phases = { capacityMs: 2_000, overloadMs: 5_000 };
  const figures = await measureOverload({ directory, timeoutMs: 1_000, times: 2, ...phases });
  for (const { name, before, after, capacity, goodput, late, p99Ms, sent, statuses } of figures) {
    report.note(
      `${name}: capacity ${before.toFixed(0)}/s before and ${after.toFixed(0)}/s after, ${sent.toFixed(0)}/s sent, ` +
        `${goodput.toFixed(0)}/s in time, p99 ${p99Ms.toFixed(0)} ms, ${JSON.stringify(statuses)}`,
    );
    // 0.8 on a machine of its own; others' work within the seconds between the phases moves it.
    const ratio = goodput / capacity;
    report.check(`${name}: goodput is at least 0.6 of the capacity`, ratio >= 0.6, ratio.toFixed(2));
    report.check(`${name}: no answer comes after its deadline`, late === 0, late);
    const known = ['200', '429', '504'];
    const unknown = Object.keys(statuses).filter((status) => !known.includes(status));
    report.check(`${name}: what is not answered is refused`, unknown.length === 0, statuses);
  }
});
