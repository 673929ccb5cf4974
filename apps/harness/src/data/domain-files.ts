import { type DataFile, dataFile as file } from './sets.js';

/** The parts of a corpus, in files of JSON lines. */
export interface CorpusFiles {
  readonly train: DataFile;
  readonly validation: DataFile;
  readonly test: DataFile;
}

/** Sizes and checksums, packed and unpacked. */
export const DOMAIN_FILES = {
  wiki: {
    train: file(
      'wiki.train.jsonl.gz',
      [730_448, '6c16e73ec9a8f091f2d913a61068a92547e58b0bfcb32812761601fd9997e957'],
      [2_215_151, 'afbde5859781d2e4252e14d72669c4b055dbedf8da170688cd37a209dc2fb600'],
    ),
    validation: file(
      'wiki.valid.jsonl.gz',
      [31_160, '6e4e741f7b6d821d9cf82073c476caaa9c803f254b6163a2ea0d4162e0461ba6'],
      [90_577, '453c2d290edb6c8e110c4846aa40454485f95fe8cc736d106461e429bdbd11a3'],
    ),
    test: file(
      'wiki.test.jsonl.gz',
      [24_171, '40e126ce48adf2b468a1418412078ae998b776da5fff4ac5cd27cd0723e450c7'],
      [67_657, 'f4cc4b2767ac426432d7e02a9df1d9c4540b0ec72c942ee55c7b0f13700ce6c5'],
    ),
  },
  legal: {
    train: file(
      'legal.train.jsonl.gz',
      [262_225, 'dc4529e02413ce4b00c742363b1061fdfd78f3362704be78cd37afbcd1623733'],
      [1_120_692, '73c7b3b85c020763b21a0fbf7742667e1f0511dbbddd00723cc38385bb2ee3ef'],
    ),
    validation: file(
      'legal.valid.jsonl.gz',
      [11_289, 'a319123079aa2df7a0b00171c355835d5a3714ea5a113c326070b44e58df173b'],
      [39_546, '3b8d587b3d0e50b33e8ef4cc702b90f808b3b9b4766b7656d33fa530a8f8408c'],
    ),
    test: file(
      'legal.test.jsonl.gz',
      [21_801, '16e17f3844b8f7d0f5f596f86698cbe6471db577ce22180be6fa8c63871bed62'],
      [85_693, '2d05d40a66da122b91a804c6d2175c3d6f97e05851ff959651a79f5975fcdad6'],
    ),
  },
  biomed: {
    train: file(
      'biomed.train.jsonl.gz',
      [512_695, '64e44b8b37fde6de6c758d997942914b4b7565c19a3ff89a3cd1d116692fee85'],
      [1_549_538, '448d6c20dd9c1f46dc1d12611d9f36d89e990ca061ea04d52f31fa6240e2cfef'],
    ),
    validation: file(
      'biomed.valid.jsonl.gz',
      [31_243, 'a0ff74e1f179361e0aafa94de675a2b87da913fc4b3689120e2f99ff437cf005'],
      [90_635, 'ae3c40163252a16527ef69c31689912d45016554fcf9527dfd6546f51c44606e'],
    ),
    test: file(
      'biomed.test.jsonl.gz',
      [30_006, '2f5262dd38d2549bc1009213f6c5dbd5a198cb50110d69da60609a2fba007cae'],
      [85_598, 'aa6906aa16050b3bd1dd961b45bb22cbc65b25d22b0f2123cd4c979795350244'],
    ),
  },
  movie: {
    train: file(
      'movie.train.jsonl.gz',
      [2_412_547, 'a22df564cf7ff42278d8b8205df4473bbcd2fe640bf2763f6a5e4d8c2a651c0a'],
      [6_373_964, 'c2095ec8b58cb08db8bd8130e9fd0492d22f7a841c129eccd98ec924faa1d3d7'],
    ),
    validation: file(
      'movie.valid.jsonl.gz',
      [298_215, '0c301ba7fe3b09bc359d3ad0d50ab43e79d42145ac5946e33f078bee7a2c0053'],
      [784_882, '6c8aacde844eddca3fbcc8d7195a0c25c22333d0e8bbc96dd717257d21444e5f'],
    ),
    test: file(
      'movie.test.jsonl.gz',
      [308_869, '3d1c891228e7cf634d5281db7f6527a6380944ebff3eeea059c1899f9a601da3'],
      [815_340, '48033b3800452c6331f1aa9d20cd4f29e284eafd099b8d88a68f5958ce05539f'],
    ),
  },
  products: {
    train: file(
      'products.train.jsonl.gz',
      [245_695, '2bc8c13be6df4f5d6291458efeca1e4430b3eac70115b53b1ba1a2eeb36f52e5'],
      [705_418, 'f3293f081120b3ee7d1c6598b56327785acc9515fd49e0789b7130082b37bfd6'],
    ),
    validation: file(
      'products.valid.jsonl.gz',
      [16_951, '920dda0d4d508557fd0fa13789aa14b9252ebb54bf17983e4ac0a187c49cc26c'],
      [43_481, '2398aa99d254009dc8ebe0478d36dbce725ed51d59c3ef74675268d62cbdb089'],
    ),
    test: file(
      'products.test.jsonl.gz',
      [12_220, '49b1f44a5a09355181d7cfc9cb61d73adf892aba5a0efbe02faed3d07c365b45'],
      [31_136, '98d83e5df0e513cf21fa51435bdcb118db3be52fc99b94d4880d64cbdbf78bd2'],
    ),
  },
  code: {
    train: file(
      'code.train.jsonl.gz',
      [363_813, '451628a1ed3974de7e37edd4b697ddb3f7399b72e8256e165158c800fb056818'],
      [1_676_361, 'e9f2cb85a337483521d38e07c960a7f027d4e9fb6f853b2cbc5262cb49fa7874'],
    ),
    validation: file(
      'code.valid.jsonl.gz',
      [19_277, '0e6528a3dfadbe8ed1d3490ba25d3f787201b2fa158e8da92952536985505912'],
      [104_813, 'de24b093b4ab95f50d7e2e7b10f99b83f0bf385fb346431962e615d0ef444c01'],
    ),
    test: file(
      'code.test.jsonl.gz',
      [18_373, '9424e70f43e51f0d54283bd1b4455fc69a829c10203121fb0bafadc99b6f9223'],
      [93_568, '87dd5dbefa55e683bda77fcfc8242f654cbe1320974ab7b15310a106da4e86fb'],
    ),
  },
  speeches: {
    train: file(
      'speeches.train.jsonl.gz',
      [648_270, '01839511757eb9bd3c0dd1aaf8d36b97ee0fd0d0056d3f6813ec64d615b801f3'],
      [1_904_651, 'a0f662677f991618db78960a576c4568691ab5600e8f08c894126a692d5f6aa2'],
    ),
    validation: file(
      'speeches.valid.jsonl.gz',
      [35_039, '08577bef38c5bf0ee579605d83395c92d190626b015784ecb507e21f4ad7e24c'],
      [95_174, 'd51bfbaecb6eb1d0a85612ec9d4d93c87d8fa4b0ef37d6ba3c16485e6c3dfb00'],
    ),
    test: file(
      'speeches.test.jsonl.gz',
      [35_085, '44651cd38af6a81571706bdeeee8e5950943ed39a26c294c5772a9a58151ddf1'],
      [96_458, '04ad7a8be4ce12e4785b8dade7ffabec45ffdb31f348ecc7f54e174e0cdfc375'],
    ),
  },
  shakespeare: {
    train: file(
      'shakespeare.train.jsonl.gz',
      [399_180, '27556bec3f0d079c0fe330761e9f75e994fa81a599af42a9cf044c3b0e61afdd'],
      [1_050_938, '852a3a16a571be3b22309a571e9df90c449f1801d65087d42f2fb842e1253835'],
    ),
    validation: file(
      'shakespeare.valid.jsonl.gz',
      [23_990, '959b6c0a771e9d4fc55c620debc6cc735b7704bd4a4c8657944233264be20403'],
      [58_156, '621787afc6a5e29432da3f3a8bbb488ce21d0888886907d1e4aebb68e38c13b6'],
    ),
    test: file(
      'shakespeare.test.jsonl.gz',
      [19_698, '67db9da8cbec622f029128818b3841ca5ac815f9bf6360882b970661d3e661ed'],
      [47_933, 'fb319401d30fb13101c830bc2764ce2813831fb98371c4b34454e0324888595e'],
    ),
  },
} as const satisfies { readonly [domain: string]: CorpusFiles };
