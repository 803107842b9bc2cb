import { describe, expect, it } from 'vitest';
import { dashFlags } from '../../src/cli/dash-flags.ts';

describe('dashFlags', () => {
  it('writes the names of flags with dashes, and leaves everything else', () => {
    const given = [
      'serve',
      '--model_name=my_model',
      '--http_port',
      '8080',
      '--model-dir',
      '/mnt/my_models',
      '-p_x',
    ];
    expect(dashFlags(given)).toEqual([
      'serve',
      '--model-name=my_model',
      '--http-port',
      '8080',
      '--model-dir',
      '/mnt/my_models',
      '-p_x',
    ]);
    expect(dashFlags(['--a_b=c=d_e', '--', '--a_b'])).toEqual(['--a-b=c=d_e', '--', '--a_b']);
    expect(dashFlags([])).toEqual([]);
  });
});
