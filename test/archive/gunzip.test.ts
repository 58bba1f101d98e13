import { gunzip } from '../../src/archive/gunzip.ts';
import { describeGunzip } from '../contracts/gunzip.ts';

describeGunzip('the portable gunzip', gunzip);
