import { dataFile as file } from './sets.js';

/** Sizes and checksums, packed and unpacked. */
export const SEQ2SEQ_FILES = {
  simplification: {
    train: file(
      'simplification.train.jsonl.gz',
      [150_770, 'c320ad9dd3fe44c0e61229182a364df3c227d4f5ce8a0612b399862c53c6f4f9'],
      [577_581, '355761023cc1f168a357c14b7736ddbd32ee3d49724c7bcfcaf730442251cc5b'],
    ),
    test: file(
      'simplification.test.jsonl.gz',
      [80_679, 'b078aa52717becec1d590cae0044faebb600583fd4a22b4627c37a492eadc372'],
      [476_076, 'e374230f6639fe9335b315317ccdf2ae4fb78adf83155d40103885f9a299c9ba'],
    ),
  },
  headline: {
    train: file(
      'headline.train.jsonl.gz',
      [349_976, 'e5871aedafdac2171f17c8f5c511e96f7c107fc55ebd20e93ef008e40c60d6a8'],
      [1_084_112, '87b0b41a5187008356f492b72c40a98473499797750e8922757a47537844908c'],
    ),
    test: file(
      'headline.test.jsonl.gz',
      [71_546, 'c78be7aa1835f0b1fd3680695c3c181d523f6c7489964f2ee4410e288bccc677'],
      [222_212, '3c3c4aab855eeaedd7eec4c65e857a537deb83d7a2b98a9a6a6618293feb45a0'],
    ),
  },
  haiku: {
    train: file(
      'haiku.train.jsonl.gz',
      [121_523, 'ab6de7852f3ab80b3a9f32006c19fae9b050cb0c4cd9431f8f26bfb5d76c3e46'],
      [428_208, 'c2e3567ebf5e590a3dd97dbe098ce248879a7ba415db6ff59f7623733ff7d599'],
    ),
    test: file(
      'haiku.test.jsonl.gz',
      [20_691, '3998725e42cd0c33c0f81668ff7921ac4ade8eb0c6c3ae92abfe4f913add5cdd'],
      [71_226, 'a30f11ef1b035c7fb85e552ca387276a561f3ea194ac03e411ce66fa8a6bbe91'],
    ),
  },
  covidqa: {
    train: file(
      'covidqa.train.jsonl.gz',
      [66_060, '703167eff1da310860bdce4c437252fc3ae5a0bf2c33855bc67c7d1af62f1626'],
      [251_675, '846bba0c843a90405a412449e97504ebc11da2e9f4df870dcb725b1d31d9df70'],
    ),
    test: file(
      'covidqa.test.jsonl.gz',
      [19_431, '84517739a6ebe026f70fbd68f66dfbd63a33d9e3e4268c76b103ae004bca914b'],
      [65_527, 'ad6a1fdd0c74a3133c017372a3dd9f287f0ee1433386629585917fc7f8296880'],
    ),
  },
  esnli: {
    train: file(
      'esnli.train.jsonl.gz',
      [134_290, 'd0fab537b99af4eaff36f0fdc4e18cab89f0e2c2bcbeb7e6dd6257ecb7f6316e'],
      [984_550, 'e6a53bbbe18b59dec15b35d8d03f61effd2ed57a023666f3412e309561c5933e'],
    ),
    test: file(
      'esnli.test.jsonl.gz',
      [27_600, '5a2fe3a6ad17a5a1de96de1e1f9e32a540c8e7e8ded2ac7d69b968da535c1e82'],
      [198_065, '948df7e91f259f7da15905cfdea4c00ad186f3a34f3ef83bce3fc102adebe9aa'],
    ),
  },
  wikisplit: {
    train: file(
      'wikisplit.train.jsonl.gz',
      [264_156, '2496d6b10b5ac61b5df653232c67e4f192486d99de053c014bfa71a17239ea05'],
      [1_119_079, '1cdf2134464303e8937b2fec71a58aea4e94232b54d23a5be38b117818ba979a'],
    ),
    test: file(
      'wikisplit.test.jsonl.gz',
      [55_167, '1e531a71c7526512e6caf5844152fd8b623a29f1d26184498ffd81e51c438d2f'],
      [230_714, '052a92482297da64d7490e274ffeb34497db0295fa97b072bfc12e2f9a16e177'],
    ),
  },
  pubmedqa: {
    train: file(
      'pubmedqa.train.jsonl.gz',
      [286_124, 'abc3057d02149e3312142ab06bf18b3ddfb2e904f0d854c081e89c0b125f6e37'],
      [893_577, '32e8f041c14920833a0445ac4d9dcd3adf4857cae801c3252179181c0d0ba431'],
    ),
    test: file(
      'pubmedqa.test.jsonl.gz',
      [289_246, '125cde0c75e4b5b0c90b126557ee0f3e5db623e99b4ab9d3511f6f40cfdd4946'],
      [900_836, 'c10cf3506ce242c74bd333771d198679c8c763c0205a1513a85a870daeca2a1c'],
    ),
  },
  mbpp: {
    train: file(
      'mbpp.train.jsonl.gz',
      [63_021, '55f554bdff0674f9a78c4ce4967f8537953c5d0f3000bfc14978f46873b4bca1'],
      [266_738, '8f83848b98c70ab03d8c72358ee01b8a63c759958a1c4998b890ac549d680ca3'],
    ),
    test: file(
      'mbpp.test.jsonl.gz',
      [68_471, 'ceb54bb081f2331b5b8a597241155957f4c894f93cbb5da2d0e9271cdd1e2c20'],
      [296_279, 'b1d73651fd52f0466a28999326182872cc183cf3fbd592abcae9f405f4d24b1a'],
    ),
  },
} as const;
