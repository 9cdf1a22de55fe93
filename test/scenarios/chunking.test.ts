/**
 * Every conversation, with the wire cut in every way: whole flights, at each record, in the middle of each record,
 * one byte at a time, in uneven pieces. The outcome is the same, to the byte.
 */
import { SCENARIOS } from './catalogue.ts';
import { testScenarios } from './cuts.ts';

testScenarios(SCENARIOS);
