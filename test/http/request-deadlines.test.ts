import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RequestDeadlines } from '../../src/http/request-deadlines.ts';

describe('RequestDeadlines', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const connection = () => new ServerResponse(new IncomingMessage(new Socket()));

  it('ends each request when its own time is up', () => {
    const deadlines = new RequestDeadlines(1_000);
    const first = deadlines.begin(performance.now(), null);
    vi.advanceTimersByTime(400);
    const second = deadlines.begin(performance.now(), null);
    vi.advanceTimersByTime(600);
    expect([first.reason?.code, second.reason]).toEqual(['DEADLINE_EXCEEDED', null]);
    vi.advanceTimersByTime(401);
    expect(second.reason?.code).toBe('DEADLINE_EXCEEDED');
  });

  it('leaves finished requests alone, and goes on with those that begin later', () => {
    const deadlines = new RequestDeadlines(1_000);
    const finished = deadlines.begin(performance.now(), null);
    deadlines.finish(finished);
    vi.advanceTimersByTime(5_000);
    expect(finished.reason).toBeNull();
    const later = deadlines.begin(performance.now(), null);
    vi.advanceTimersByTime(1_001);
    expect(later.reason?.code).toBe('DEADLINE_EXCEEDED');
  });

  it('ends a request whose connection closes, unless it is finished', () => {
    const deadlines = new RequestDeadlines(1_000);
    const [left, answered] = [connection(), connection()];
    const abandoned = deadlines.begin(performance.now(), left);
    const finished = deadlines.begin(performance.now(), answered);
    deadlines.finish(finished);
    deadlines.answerClosed(left);
    deadlines.answerClosed(answered);
    expect([abandoned.reason?.code, finished.reason]).toEqual(['CLIENT_GONE', null]);
  });
});
