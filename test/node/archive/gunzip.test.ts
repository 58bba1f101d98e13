import { gunzip } from '../../../src/node/gunzip.ts';
import { describeGunzip } from '../../contracts/gunzip.ts';

describeGunzip('the gunzip of Node', gunzip);
