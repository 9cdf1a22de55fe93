/** Conversations of TLS 1.2 and resumed ones of both versions, whole, at each record, inside records and byte by byte. */
import { testScenarios } from '../scenarios/cuts.ts';
import { SCENARIOS12 } from './scenarios.ts';

testScenarios(SCENARIOS12);
