import { describe, expect, it } from 'vitest';
import { csvOf } from '../../src/results/csv.js';
import { canonicalJson } from '../../src/results/identity.js';
import { metricsOf } from '../../src/results/metrics.js';
import type { RunFailure, RunResult } from '../../src/results/schema.js';
import { newRecord, paceOf, recordStep, stepsPerEntry } from '../../src/run/record.js';

describe('a loss curve', () => {
  it('has about 200 entries, and one at the end of each training', () => {
    const record = newRecord();
    const every = stepsPerEntry(2000);
    for (let step = 1; step <= 2000; step++) {
      recordStep(
        record,
        { step, training: step <= 1001 ? 0 : 1, loss: step, milliseconds: 2 },
        { every, last: step === 1001 || step === 2000 },
      );
    }
    expect(record.loss.length).toBeGreaterThanOrEqual(200);
    expect(record.loss.length).toBeLessThanOrEqual(202);
    expect(record.loss[0]).toEqual([10, 0, 5.5]);
    // 1001 stands alone: its training ends there.
    expect(record.loss).toContainEqual([1001, 0, 1001]);
    expect(record.loss.at(-1)![0]).toBe(2000);
  });

  it('has a pace that one slow step does not change', () => {
    const record = newRecord();
    for (let step = 1; step <= 5; step++)
      recordStep(record, { step, training: 0, loss: 0, milliseconds: step === 1 ? 900 : step }, { every: 1, last: false });
    expect(paceOf(record)).toBe(4);
    expect(paceOf({ paces: [] })).toBe(0);
  });
});

describe('metrics', () => {
  const accuracy = [
    [0.9, 0.3],
    [0.7, 0.8],
  ];
  it('are those of the matrix', () => {
    expect(metricsOf({ accuracy, initial: [0.1, 0.1], spec: { scenario: 'task' } })).toEqual({
      averageAccuracy: 0.75,
      forgetting: expect.closeTo(0.2),
      backwardTransfer: expect.closeTo(-0.2),
      forwardTransfer: expect.closeTo(0.2),
      learningAccuracy: expect.closeTo(0.85),
    });
  });

  it('are null where they are not defined', () => {
    expect(metricsOf({ accuracy, initial: [0.1, 0.1], spec: { scenario: 'class' } }).forwardTransfer).toBeNull();
    const joint = metricsOf({ accuracy: [[0.9, 0.8]], initial: [0.1, 0.1], spec: { scenario: 'class' } });
    expect(joint).toMatchObject({ averageAccuracy: expect.closeTo(0.85), forgetting: null, learningAccuracy: null });
  });
});

describe('canonical JSON', () => {
  it('is the same for the same value', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe('{"b":[1,{"c":"x","d":null}]}');
  });
});

describe('CSV', () => {
  it('has a line a run, with quotes where they are needed', () => {
    const spec = {
      benchmark: 'b',
      scenario: 'class',
      strategy: 'ewc',
      options: { ewc: { lambda: 1, mode: 'online' } },
      seed: 1,
      compiler: 'eager',
    };
    const result = {
      id: 'x',
      spec,
      metrics: { averageAccuracy: 0.5, forgetting: null },
      time: {},
      memory: {},
      environment: {},
      parameterHash: 'h',
    } as unknown as RunResult;
    const failure = { id: 'y', spec, code: 'CL_NOT_FINITE' } as unknown as RunFailure;
    const [head, first, second] = csvOf([result], [failure]).split('\r\n');
    expect(first).toContain('b,class,ewc,"{""ewc"":{""lambda"":1,""mode"":""online""}}",1,0.5,,');
    expect(second).toMatch(/,y,CL_NOT_FINITE$/);
    const columns = (line: string) => line.replace(/"(?:[^"]|"")*"/g, '').split(',').length;
    expect([columns(first!), columns(second!)]).toEqual([columns(head!), columns(head!)]);
  });
});
