import '../fixtures/dom.ts';
import * as testing from '@testing-library/react';
import { version } from 'react';
import { version as domVersion } from 'react-dom';
import { version as serverVersion } from 'react-dom/server';
import { expect, test } from 'vitest';

test('React is the one that this project of tests is for, whoever imports it', () => {
  const wanted = process.env['REACT_MAJOR'] ?? '19';
  const majors = [version, domVersion, serverVersion].map((text) => text.split('.')[0]);
  expect(majors).toEqual([wanted, wanted, wanted]);
  expect(testing.act).toBeTypeOf('function');
});
