import { describe, expect, it } from 'vitest';
import { AnswerReader } from '../../../bench/load/answer-reader.ts';

const ONE = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 5\r\n\r\nhello';
const CHUNKED =
  'HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n';

function statusesOf(parts: readonly string[]): number[] {
  const statuses: number[] = [];
  const reader = new AnswerReader((status) => statuses.push(status));
  for (const part of parts) reader.push(Buffer.from(part));
  return statuses;
}

describe('AnswerReader', () => {
  it('finds every answer, however the bytes are cut', () => {
    const bytes = ONE + CHUNKED + ONE;
    for (let size = 1; size <= bytes.length; size++) {
      const parts = bytes.match(new RegExp(`[^]{1,${size}}`, 'g'))!;
      expect(statusesOf(parts)).toEqual([200, 503, 200]);
    }
  });

  it('reports no answer before its last byte', () => {
    expect(statusesOf([ONE.slice(0, -1)])).toEqual([]);
    expect(statusesOf([CHUNKED.slice(0, -1)])).toEqual([]);
  });

  it('refuses an answer whose end cannot be told', () => {
    expect(() => statusesOf(['HTTP/1.1 200 OK\r\n\r\n'])).toThrow('neither a length nor chunks');
  });
});
