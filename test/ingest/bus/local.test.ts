import { describe } from '@jest/globals';
import { localBus } from '../../../ingest/bus/local.ts';
import { busContract } from './contract.ts';

describe('the local bus', () => {
  busContract(async () => ({ ...localBus(), [Symbol.asyncDispose]: async () => undefined }));
});
