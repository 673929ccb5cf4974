import type { EntitySource } from './entity-sets.js';

const ABOUT = {
  name: 'ner-crossner',
  licence: 'MIT, sentences CC BY-SA 3.0',
  origins: [],
  recipe: 'They are those of ner_data in https://github.com/zliucr/CrossNER, with the name of the domain before that of the file',
} as const;

/** The five domains of CrossNER, from politics to artificial intelligence, with few training sentences each: Z. Liu et al., AAAI 2021. */
export const CROSSNER: Readonly<Record<'politics' | 'science' | 'music' | 'literature' | 'ai', EntitySource>> = {
  politics: {
    ...ABOUT,
    title: 'CrossNER, politics',
    files: {
      train: {
        name: 'politics.train.txt.gz',
        bytes: 23_077,
        sha256: '22fb201db2fe07fdf0027a3bb8bdff5ab4646a13d6fd3b4c8b1c08bb85aed987',
        unpacked: { bytes: 97_283, sha256: '1d8be31abb58463349496fe21b13d70114cf015294a9ff9cce77af9b83e8aa84' },
      },
      validation: {
        name: 'politics.dev.txt.gz',
        bytes: 59_575,
        sha256: 'fedc9040632e49db828481e993532fe648513e0cae42b9d7b65d0c50c8507690',
        unpacked: { bytes: 300_968, sha256: '4f1f30eb832f4c5fe474f67ca45e875d863bddf0bbe432262d272ef13639fa8f' },
      },
      test: {
        name: 'politics.test.txt.gz',
        bytes: 70_907,
        sha256: '3c66eb913177b1c6fb8c629e0082e723071ac2838654d391f216054b0bf31a67',
        unpacked: { bytes: 325_917, sha256: '05cadc5e129d394f7f92b4a052cf4b6ea4c60878d32a833e500cf046c297455f' },
      },
    },
  },
  science: {
    ...ABOUT,
    title: 'CrossNER, science',
    files: {
      train: {
        name: 'science.train.txt.gz',
        bytes: 22_007,
        sha256: '92c5469f69899bac70a24a2416e28117ba39ed485238d3ebccea998b71010ca3',
        unpacked: { bytes: 78_701, sha256: '8f6a26096cc7be6790b5790bf5f5b5c8928d8b73d4632e7d45dc8bffad0504ac' },
      },
      validation: {
        name: 'science.dev.txt.gz',
        bytes: 47_327,
        sha256: 'dfd203a5bf8f42b5cb70f993bd606ffcc570b7f525a0a187b9b09cb99b7b3fa0',
        unpacked: { bytes: 186_031, sha256: '87ec141c7b41b3b52ec861737c4030d65c6e53954ed3d8106baca8603bbf8f24' },
      },
      test: {
        name: 'science.test.txt.gz',
        bytes: 57_825,
        sha256: '2e2ff252ba7e5aeb0d3c0091002ab440fed549dfc29ac5a54c4040101357a2d9',
        unpacked: { bytes: 220_459, sha256: '3616d59d4d2b9dbf4c1126f8d8ba47ff97886223c95f93649bfd527343e64ced' },
      },
    },
  },
  music: {
    ...ABOUT,
    title: 'CrossNER, music',
    files: {
      train: {
        name: 'music.train.txt.gz',
        bytes: 11_569,
        sha256: 'c10fc1e1fa71a0f4fdaa36e0ea3afb3a297c5279807810fc11176e8c5651966e',
        unpacked: { bytes: 40_997, sha256: '3774c38e0ebbeb4b98dbfae137071e4911e8764cdb7f247599009841f68d9fb5' },
      },
      validation: {
        name: 'music.dev.txt.gz',
        bytes: 43_813,
        sha256: '6a372e2210fbad24b5a00ed105f7ecb3fcddac7a4f42d225d2bfa5d5ff340020',
        unpacked: { bytes: 164_737, sha256: 'e256f1949df52a61a3bb60095a0f41c1060843f1014b0f3d22d8371611b72e78' },
      },
      test: {
        name: 'music.test.txt.gz',
        bytes: 55_359,
        sha256: '38fd58c2b5f1f2bf1bca81e96334e67675b6f3c1027f8e47361dd0d115ec29c0',
        unpacked: { bytes: 208_331, sha256: 'c66e345f959ac65593f76c6b1bd8c6d75f2a6f0bc197389b2e6700d101fd094c' },
      },
    },
  },
  literature: {
    ...ABOUT,
    title: 'CrossNER, literature',
    files: {
      train: {
        name: 'literature.train.txt.gz',
        bytes: 11_847,
        sha256: '1de74fb14075d61c80d664d1ddd4b92f0484cea038410e0c2ba50f4b3856cebd',
        unpacked: { bytes: 36_623, sha256: '0647e403a85040742c2f4041cf002146a81aa2e13adda19d0e82a8bcd493c18b' },
      },
      validation: {
        name: 'literature.dev.txt.gz',
        bytes: 42_531,
        sha256: '6127810233346f09f839744db88ec408a2731009b9a49fdd7e83efc2e62a65ff',
        unpacked: { bytes: 142_501, sha256: '99281a51943cf7e3c2a58b3dc45c0e5ab6d329624ebf2ba6b4801c428396162f' },
      },
      test: {
        name: 'literature.test.txt.gz',
        bytes: 45_896,
        sha256: '1054fd539e928946bbfacf386a9ebb73f9b0f7fa1dd4d6bcdb114befa59c7a01',
        unpacked: { bytes: 155_256, sha256: '77267f8b3e8afe993865c64cfc605f65671f6a0ac9cba65de970f12180fed20e' },
      },
    },
  },
  ai: {
    ...ABOUT,
    title: 'CrossNER, ai',
    files: {
      train: {
        name: 'ai.train.txt.gz',
        bytes: 11_428,
        sha256: 'bda992f96fb4b3acdadb982db82dd610ab88331b7177cbd912b094f87ca62b4f',
        unpacked: { bytes: 40_202, sha256: '484217a660f52927bd5157507c22fc103b36306364329f62f80fc8acb897b187' },
      },
      validation: {
        name: 'ai.dev.txt.gz',
        bytes: 30_370,
        sha256: 'dbb329310b4fffea621b1ebec5e8efdbdb3ff741a1af4016f51c3a27e2ac2ca3',
        unpacked: { bytes: 114_516, sha256: 'b47ffda6de5901a454a873feac1bebe782e54ce7edf9deb729cab3d769212eee' },
      },
      test: {
        name: 'ai.test.txt.gz',
        bytes: 35_904,
        sha256: '1629a7beb4e397b6ce2922a625b0cae6705d1ace790d0d6100885786d7976675',
        unpacked: { bytes: 134_455, sha256: '7595ad386e0a98067100fe47f86811b38867a236011fee97cfaa90f778c37bcf' },
      },
    },
  },
};
