import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Admission } from '../../src/http/admission.ts';

describe('Admission', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('refuses at once when every permit is taken', () => {
    const admission = new Admission(2);
    admission.enter();
    admission.enter();
    expect(() => admission.enter()).toThrow(expect.objectContaining({ code: 'MODEL_OVERLOADED' }));
    admission.leave();
    admission.enter();
    expect(admission.inFlight).toBe(2);
  });

  it('closes at once when it is idle, and gives no permit afterwards', async () => {
    const admission = new Admission(1);
    expect(await admission.close(1_000)).toBe(true);
    expect(() => admission.enter()).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }));
    expect(admission.inFlight).toBe(0);
  });

  it('waits for the permits that are out', async () => {
    const admission = new Admission(2);
    admission.enter();
    admission.enter();
    let outcome: boolean | null = null;
    const closing = admission.close(1_000).then((isIdle) => {
      outcome = isIdle;
    });
    admission.leave();
    await vi.advanceTimersByTimeAsync(999);
    expect(outcome).toBeNull();
    admission.leave();
    await closing;
    expect(outcome).toBe(true);
  });

  it('gives up waiting at the limit', async () => {
    const admission = new Admission(1);
    admission.enter();
    const closing = admission.close(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await closing).toBe(false);
  });
});
