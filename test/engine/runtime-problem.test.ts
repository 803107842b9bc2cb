import { describe, expect, it } from 'vitest';
import { currentHost, describeRuntimeProblem } from '../../src/engine/runtime-problem.ts';

const missing = Object.assign(
  new Error("Cannot find module '/somewhere/binding.node'\nRequire stack:\n- /x"),
  {
    code: 'MODULE_NOT_FOUND',
  },
);
const unlinked = Object.assign(new Error('libonnxruntime.so.1: cannot open shared object file'), {
  code: 'ERR_DLOPEN_FAILED',
});

describe('describeRuntimeProblem', () => {
  it.each([
    ['darwin', 'x64', false, missing, 'no binary for darwin x64'],
    ['linux', 'riscv64', false, missing, 'no binary for linux riscv64'],
    ['linux', 'x64', true, unlinked, 'needs glibc'],
    ['linux', 'arm64', false, missing, 'is missing from the package onnxruntime-node'],
    ['linux', 'x64', false, unlinked, 'cannot be loaded: libonnxruntime.so.1'],
  ])('says on %s %s (musl: %s) in one sentence what is wrong', (platform, arch, isMusl, error, text) => {
    const sentence = describeRuntimeProblem(error, { platform, arch, isMusl });
    expect(sentence).toContain(text);
    expect(sentence).not.toMatch(/\n|Require stack/);
  });

  it('knows this host as one that the runtime supports', () => {
    expect(currentHost()).toEqual({ platform: process.platform, arch: process.arch, isMusl: false });
  });
});
