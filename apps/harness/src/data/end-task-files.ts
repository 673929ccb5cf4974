import type { CorpusFiles } from './domain-files.js';
import { dataFile as file } from './sets.js';

/** Texts with a label each: sizes and checksums, packed and unpacked. */
export const END_TASK_FILES = {
  chemprot: {
    train: file(
      'chemprot.train.jsonl.gz',
      [165_156, 'c6e120b5a1485caff6fd8ac1da4952d794a7f781444ecfdc684a4bb00e3bcb68'],
      [1_054_504, '08b1b999500408ac5beffb1688bfb74a95e1b7b09ee57c733813f7f717f21308'],
    ),
    validation: file(
      'chemprot.dev.jsonl.gz',
      [96_988, 'afb3dd562420b804e643d2d34f6d64e3dbed491ed83e95ca469735fa5be84e34'],
      [639_825, '34cdc9473e00149badb76d43eadcda5f1e090fc88ba6536492052928fdebc823'],
    ),
    test: file(
      'chemprot.test.jsonl.gz',
      [141_206, '896c6e437a5255a223cdbb16d87d03bbd12da0df0d0c5d14252794eb49247a75'],
      [904_865, '09d1550e0cfc93ee474e972e4785599bc83a6a0319d1d864ea1dc73370f69146'],
    ),
  },
  citationIntent: {
    train: file(
      'citation_intent.train.jsonl.gz',
      [133_410, '39e8770dcc923432c595b1b113461b19de25db60af4a6bdb010021639fc2c5d7'],
      [437_411, 'ea792524890919e0756ab56cf363223668cff2ae1fa3bfb9b725fc0af7f91e2b'],
    ),
    validation: file(
      'citation_intent.dev.jsonl.gz',
      [10_399, '26ca453650d8820a69c42a1ea395b19bb212d0edf7a8e39fe59a9370cbf298d4'],
      [28_226, '1a360192a06ae90eeb548bd474e7c6813032f533a605ae3138a4c7553eaf18ec'],
    ),
    test: file(
      'citation_intent.test.jsonl.gz',
      [12_767, '9e5efda56a5f04067febca6c387f82643419c6726168845fa9f5a360c6a804dc'],
      [36_293, '87a0096d7c1c8d277418d0d9f3363ea08f65b441e87878b5ff6a99cfa5b7251c'],
    ),
  },
  scierc: {
    train: file(
      'sciie-relation-extraction.train.jsonl.gz',
      [123_516, '9a69cc929f13ba5205b7fc744b247fcbd8dbaba04104d9e82cbd3716bc5502d6'],
      [732_099, '3d7058909068a9a3971bfdab97261a0bc42d88e50ce75a007257bb054cb1c97c'],
    ),
    validation: file(
      'sciie-relation-extraction.dev.jsonl.gz',
      [17_810, 'b1f6205b981e1950669831840e0d80468fae8ac7d88e5ab56536c4f1020cf561'],
      [105_366, '9366880fc5e68ea18dd0b26b2c99ff370f4891233c6eae349c3787ea49cc4b4e'],
    ),
    test: file(
      'sciie-relation-extraction.test.jsonl.gz',
      [37_259, '4a58793752b2536a2119821dfa116f8d15cfdc4a5aa2209e4669f0b700eb8d48'],
      [221_691, 'b196df592bf8c04088fad5e1f763c7bbcf9d023461c95eab978eca18abdb4da5'],
    ),
  },
  products: {
    train: file(
      'train.jsonl.gz',
      [119_356, '376471b4e061406ebfe0177849c6ff0e49e7f59b0c7afe36c9d567283dca5618'],
      [629_343, 'd9195ee41796b6bbd322c0edb76ed0b6ae9dcffef83011f0c39304a106a53c21'],
    ),
    validation: file(
      'dev.jsonl.gz',
      [19_248, 'ccc91d961ddd473d9a4200a93bd8fb4767738a7ffde23050b90f6df8f34fea1a'],
      [89_218, '7d9953a2b0fb345a78656466b071ecd241d2dbdc63c22bbcee60846c63d95fa4'],
    ),
    test: file(
      'test.jsonl.gz',
      [35_622, 'ccadd0b5030fe109a671881c19797fd986a6a04a7ab5fcbfc1d7b997874e9cd7'],
      [170_492, '10d12a9d57a88a1bbdec8cac25978a3692cb9ed725575c1c8d7d64adb60d6c76'],
    ),
  },
} as const satisfies { readonly [task: string]: CorpusFiles };

/** One file for both parts. */
export const PUBMEDQA_FILE = file(
  'pubmedqa.jsonl.gz',
  [600_033, '2c5d7be8c424c85a789917dfeacdb920a8f9ee0cbb08c3a3c4f098606f34810f'],
  [1_901_604, '365fdb9c157427db36c112b8209fbae258faff749b4c42d0eed4af58c0bd2340'],
);
