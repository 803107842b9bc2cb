import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/errors.ts';
import { parseAnswerFormat } from '../../../src/protocols/mlflow/answer-format.ts';
import { parseCustomAttributes } from '../../../src/protocols/mlflow/custom-attributes.ts';
import { parseRequestFormat } from '../../../src/protocols/mlflow/request-format.ts';
import { scoringError } from '../../../src/protocols/mlflow/scoring-error.ts';

describe('the content type', () => {
  it.each([
    [undefined, { kind: 'json' }],
    ['application/json', { kind: 'json' }],
    ['Application/JSON; Charset="UTF-8"', { kind: 'json' }],
    ['application/json; charset=utf8;', { kind: 'json' }],
    ['text/csv', { kind: 'csv', header: 'auto' }],
    ['text/csv;header=absent;charset=utf-8', { kind: 'csv', header: 'absent' }],
    ['text/csv; Header=Present', { kind: 'csv', header: 'present' }],
    ['application/jsonlines', { kind: 'json-lines' }],
    ['application/x-ndjson', { kind: 'json-lines' }],
    ['application/x-npy', { kind: 'npy' }],
    ['application/vnd.apache.parquet', { kind: 'parquet' }],
    [
      'application/vnd.sagemaker-triton.binary+json;json-header-size=12',
      { kind: 'infer', type: 'application/vnd.sagemaker-triton.binary+json', jsonBytes: '12' },
    ],
  ])('%j is understood', (type, format) => {
    expect(parseRequestFormat(type)).toEqual(format);
  });

  it.each([
    ['text/plain', 'the content type "text/plain" is not taken'],
    ['application/x-www-form-urlencoded', 'is not taken; send application/json'],
    ['application/json; charset=latin-1', 'the body must be UTF-8 text'],
    ['application/json; format=pandas-split', 'has the parameter "format", which is not known'],
    ['application/json; header=absent', 'has the parameter "header"'],
    ['text/csv; header=maybe', 'has the parameter "header"'],
  ])('%j is refused', (type, why) => {
    expect(() => parseRequestFormat(type)).toThrow(why);
    expect(() => parseRequestFormat(type)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_MEDIA_TYPE' }) as never,
    );
  });
});

describe('the answer', () => {
  it.each([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['text/html', 'json'],
    ['text/csv', 'csv'],
    ['TEXT/CSV; charset=utf-8', 'csv'],
    ['text/csv, */*', 'csv'],
    ['*/*;q=0.1, application/jsonlines', 'json-lines'],
    ['application/x-npy;q=0.5,application/json;q=0.9', 'json'],
    ['application/x-npy', 'npy'],
    ['text/csv;q=0', 'json'],
    ['text/csv;q=x', 'json'],
  ])('to Accept %j is %s', (accept, format) => {
    expect(parseAnswerFormat(accept)).toBe(format);
  });
});

describe('the custom attributes', () => {
  it.each([
    [undefined, { model: null, version: null, echo: null }],
    ['c000b4f9-df62', { model: null, version: null, echo: 'c000b4f9-df62' }],
    ['model=a,version=7', { model: 'a', version: '7', echo: 'model=a,version=7' }],
    ['model = a ; x=y=z', { model: 'a', version: null, echo: 'model = a ; x=y=z' }],
    [
      'tfs-model-name=m,tfs-model-version=1,tfs-method=predict',
      { model: 'm', version: '1', echo: 'tfs-model-name=m,tfs-model-version=1,tfs-method=predict' },
    ],
    ['trace=é', { model: null, version: null, echo: null }],
  ])('%j are understood', (header, attributes) => {
    expect(parseCustomAttributes(header)).toEqual(attributes);
  });

  it('name no other method', () => {
    expect(() => parseCustomAttributes('tfs-method=classify')).toThrow('the method "classify"');
  });
});

describe('scoringError', () => {
  const bodyOf = (error: GatewayError) => JSON.parse(scoringError(error).body);

  it('has the words of MLflow, and error for others', () => {
    expect(bodyOf(new GatewayError('INVALID_INPUT', 'no JSON'))).toEqual({
      error_code: 'BAD_REQUEST',
      message: 'no JSON',
      error: 'no JSON',
    });
    const problems = [{ pointer: '/inputs/0', detail: 'too short' }];
    expect(bodyOf(new GatewayError('INVALID_INPUT', 'too short', { problems }))).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: 'too short',
      error: 'too short',
      errors: problems,
    });
  });

  it.each([
    ['MODEL_NOT_FOUND', 'RESOURCE_DOES_NOT_EXIST'],
    ['MODEL_NOT_READY', 'TEMPORARILY_UNAVAILABLE'],
    ['MODEL_OVERLOADED', 'RESOURCE_EXHAUSTED'],
    ['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED'],
    ['NOT_IMPLEMENTED', 'NOT_IMPLEMENTED'],
    ['INFERENCE_FAILED', 'INTERNAL_ERROR'],
    ['INTERNAL', 'INTERNAL_ERROR'],
  ] as const)('says %s as %s', (code, word) => {
    expect(bodyOf(new GatewayError(code, 'a')).error_code).toBe(word);
  });
});
