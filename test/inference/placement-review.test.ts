import { describe, expect, it } from 'vitest';
import { PlacementReview } from '../../src/inference/placement-review.ts';

describe('PlacementReview', () => {
  it('leaves the event loop once one row has cost too much for five seconds', () => {
    const review = new PlacementReview('inline');
    expect(review.review(1.2, 0)).toBe('inline');
    expect(review.review(1.2, 4_999)).toBe('inline');
    expect(review.review(1.2, 5_000)).toBe('worker');
  });

  it('stays where one cheap run lies between', () => {
    const review = new PlacementReview('inline');
    review.review(1.2, 0);
    review.review(0.9, 3_000);
    expect(review.review(1.2, 6_000)).toBe('inline');
  });

  it('comes back once one row has cost well under the limit for half a minute', () => {
    const review = new PlacementReview('worker');
    expect(review.review(0.4, 0)).toBe('worker');
    expect(review.review(0.4, 30_000)).toBe('inline');
  });

  it('does not come back for a cost just under the limit', () => {
    const review = new PlacementReview('worker');
    review.review(0.9, 0);
    expect(review.review(0.9, 100_000)).toBe('worker');
  });
});
