import { describe, expect, it } from 'vitest';
import { choosePlan, type Tools, wheelFor } from '../../setup/plan.mjs';
import type { Machine } from '../../setup/platform.mjs';

const linux: Machine = { platform: 'linux', arch: 'x64', libc: 'glibc', avx: true };
const all: Tools = { python: ['python3'], pip: '23.2', compiler: ['g++'], headers: '/include' };

describe('choosePlan', () => {
  const cases: [string, Partial<Machine>, Partial<Tools>, Parameters<typeof choosePlan>[2], string[], string[]][] = [
    ['Linux with everything', {}, {}, {}, ['wheel', 'official'], []],
    ['Linux on arm64', { arch: 'arm64', avx: null }, {}, {}, ['wheel', 'official'], []],
    ['macOS on arm64', { platform: 'darwin', arch: 'arm64', libc: 'system', avx: null }, {}, {}, ['wheel', 'official'], []],
    ['macOS on Intel', { platform: 'darwin', libc: 'system', avx: null }, {}, {}, ['wheel', 'official'], []],
    ['no Python', {}, { python: null, pip: null }, {}, ['official'], ['no-python']],
    ['no pip', {}, { pip: null }, {}, ['official'], ['no-pip']],
    ['no compiler', {}, { compiler: null }, {}, ['official'], ['no-compiler']],
    ['no headers', {}, { headers: null }, {}, ['official'], ['no-headers']],
    [
      'nothing at all',
      {},
      { python: null, pip: null, compiler: null, headers: null },
      {},
      ['official'],
      ['no-python', 'no-compiler', 'no-headers'],
    ],
    ['Windows: layout not known', { platform: 'win32', libc: 'system', avx: null }, {}, {}, ['official'], ['platform']],
    ['32-bit ARM', { arch: 'arm', avx: null }, {}, {}, ['official'], ['platform']],
    ['GPU on Linux', {}, {}, { device: 'gpu' }, ['wheel', 'official'], []],
    ['GPU on macOS', { platform: 'darwin', arch: 'arm64', libc: 'system', avx: null }, {}, { device: 'gpu' }, ['official'], ['platform']],
    ['a wheel at hand, no pip', {}, { pip: null }, { localWheel: true }, ['wheel'], []],
    ['a wheel at hand, no compiler', {}, { compiler: null }, { localWheel: true }, [], ['no-compiler']],
    ['Alpine', { libc: 'musl' }, {}, {}, [], ['musl']],
    ['an old CPU', { avx: false }, {}, {}, [], ['no-avx']],
  ];

  it.each(cases)('%s', (_name, machine, tools, wish, ways, reasons) => {
    const plan = choosePlan({ ...linux, ...machine }, { ...all, ...tools }, wish);
    expect(plan.ways).toEqual(ways);
    expect(plan.failures.map(({ reason }) => reason)).toEqual(reasons);
  });

  it('says what to do about everything that is missing', () => {
    const { failures } = choosePlan(linux, { python: null, pip: null, compiler: null, headers: null });
    for (const { message, advice } of failures) expect([message, advice].every((text) => /^\S.*\.$/.test(text))).toBe(true);
    expect(failures[1]?.advice).toContain('apt install g++');
  });
});

describe('wheelFor', () => {
  it('admits which builds nobody has run yet', () => {
    expect(wheelFor(linux, 'cpu')).toMatchObject({ dist: 'tensorflow-cpu', version: '2.16.2', tested: true });
    expect(wheelFor(linux, 'gpu')).toMatchObject({ dist: 'tensorflow', tested: false });
    expect(wheelFor({ platform: 'darwin', arch: 'arm64' }, 'cpu')).toMatchObject({ tested: false, tags: ['macosx_12_0_arm64'] });
  });
});
