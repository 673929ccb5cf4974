/** A file as its publisher distributes it: compressed with gzip. */
export interface DataFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of the compressed file, in hexadecimal digits. */
  readonly sha256: string;
  /** The same of what is in it, so that a copy that somebody unpacked or compressed again is known too. */
  readonly unpacked: { readonly bytes: number; readonly sha256: string };
}

/** A file by its name, and the size in bytes and SHA-256 of what is published and of what is in it. */
export const dataFile = (
  name: string,
  [bytes, sha256]: readonly [number, string],
  [size, unpacked]: readonly [number, string],
): DataFile => ({ name, bytes, sha256, unpacked: { bytes: size, sha256: unpacked } });

/** Where a data set comes from. */
export interface DataSource {
  /** Name of its folder. */
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  /** Addresses that a file's name is added to: the publisher's own first, then mirrors. None: nobody publishes these very files. */
  readonly origins: readonly string[];
  /** How to make files that nobody publishes. */
  readonly recipe?: string;
}

/** Four idx files of 28 × 28 grey images: MNIST, and sets made in its image. */
export interface IdxSource extends DataSource {
  readonly files: {
    readonly trainImages: DataFile;
    readonly trainLabels: DataFile;
    readonly testImages: DataFile;
    readonly testLabels: DataFile;
  };
  readonly classNames: readonly string[];
}

/** Two files of records: a byte or more of labels, then the image plane by plane. */
export interface RecordSource extends DataSource {
  readonly files: { readonly train: DataFile; readonly test: DataFile };
  readonly classNames: readonly string[];
}

/** Y. LeCun, C. Cortes & C. J. C. Burges; LeCun et al., Proceedings of the IEEE, 1998. */
export const MNIST: IdxSource = {
  name: 'mnist',
  title: 'MNIST',
  licence: 'CC BY-SA 3.0',
  origins: ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/'],
  classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  files: {
    trainImages: {
      name: 'train-images-idx3-ubyte.gz',
      bytes: 9_912_422,
      sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
      unpacked: { bytes: 47_040_016, sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db' },
    },
    trainLabels: {
      name: 'train-labels-idx1-ubyte.gz',
      bytes: 28_881,
      sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
      unpacked: { bytes: 60_008, sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5' },
    },
    testImages: {
      name: 't10k-images-idx3-ubyte.gz',
      bytes: 1_648_877,
      sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
      unpacked: { bytes: 7_840_016, sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7' },
    },
    testLabels: {
      name: 't10k-labels-idx1-ubyte.gz',
      bytes: 4_542,
      sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
      unpacked: { bytes: 10_008, sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2' },
    },
  },
};

/** H. Xiao, K. Rasul & R. Vollgraf, arXiv 1708.07747; © 2017 Zalando SE. */
export const FASHION_MNIST: IdxSource = {
  name: 'fashion-mnist',
  title: 'Fashion-MNIST',
  licence: 'MIT',
  origins: [
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
    'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
  ],
  classNames: ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
  files: {
    trainImages: {
      name: 'train-images-idx3-ubyte.gz',
      bytes: 26_421_880,
      sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      unpacked: { bytes: 47_040_016, sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888' },
    },
    trainLabels: {
      name: 'train-labels-idx1-ubyte.gz',
      bytes: 29_515,
      sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
      unpacked: { bytes: 60_008, sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9' },
    },
    testImages: {
      name: 't10k-images-idx3-ubyte.gz',
      bytes: 4_422_102,
      sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
      unpacked: { bytes: 7_840_016, sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b' },
    },
    testLabels: {
      name: 't10k-labels-idx1-ubyte.gz',
      bytes: 5_148,
      sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
      unpacked: { bytes: 10_008, sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34' },
    },
  },
};

/** Of each class of CIFAR-100 the first 100 training and 50 test images: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009. */
export const CIFAR100_SUBSET: RecordSource = {
  name: 'cifar100-subset',
  title: 'CIFAR-100, 150 images a class',
  licence: 'free for research, with citation',
  origins: [],
  recipe:
    'They are made of train.bin and test.bin of cifar-100-binary.tar.gz, https://www.cs.toronto.edu/~kriz/cifar.html: the first 100 training and the first 50 test records of each fine class, record r of class c at place 100 r + c',
  classNames: (
    'apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle ' +
    'caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish ' +
    'forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple motorcycle ' +
    'mountain mouse mushroom oak orange orchid otter palm pear pickup_truck pine plain plate poppy porcupine possum rabbit ' +
    'raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower ' +
    'sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale willow wolf woman ' +
    'worm'
  ).split(' '),
  files: {
    train: {
      name: 'train.bin.gz',
      bytes: 28_019_605,
      sha256: 'd877e97a8c7289fe2c24fbc717c711af01bc5c838e8d64bc068f68c5a12bc865',
      unpacked: { bytes: 30_740_000, sha256: '5fec12d6e68347311ca8f84c7a367c047fef0f20da69555644da4ede75748f55' },
    },
    test: {
      name: 'test.bin.gz',
      bytes: 14_007_126,
      sha256: '4ede40516a8774dc382aa769e1e0410b580e8a1992cc908ebe3571ffa6a63b4b',
      unpacked: { bytes: 15_370_000, sha256: 'f35fe38e77e215335eacdd44729b688a40c0780145ba047d7791a95d78be9fad' },
    },
  },
};
