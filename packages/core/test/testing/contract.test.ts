import { compose } from '../../src/index.js';
import { strategyContract } from '../../src/testing/index.js';

strategyContract({ name: 'plain fine-tuning', create: () => compose() as never });
