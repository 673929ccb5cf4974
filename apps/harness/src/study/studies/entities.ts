import { nerFewnerd, nerGum, nerWnut17 } from '../../benchmarks/entities.js';
import { entityStudy } from '../entities/entity-study.js';

/** Continual named-entity recognition: Monaikul et al., AAAI 2021, by the protocol of Zheng et al., EMNLP 2022. */
export const entityStudies = [
  entityStudy({ benchmark: nerGum, coming: 'one of eleven types' }),
  entityStudy({ benchmark: nerFewnerd, coming: 'the types of one of eight groups', settings: { sentences: 2400 } }),
  entityStudy({ benchmark: nerWnut17, coming: 'one of six types', settings: { sentences: 2400 } }),
];
