import { dataFile as file } from './sets.js';

/** Sizes and checksums, packed and unpacked. */
export const BASE_TASK_FILES = {
  topics: {
    train: file(
      'train.jsonl.gz',
      [714_786, 'd2ed12603c353589fd28ca05471be7166f6fe5ebbb4fc342a0fa7ea4cd361bcd'],
      [1_957_977, 'e47dbb37ed40fa1605a74d591120d2039d5c61be7e23d518b2b1ba5791149a43'],
    ),
    test: file(
      'test.jsonl.gz',
      [255_384, '5406eb83143e610201a32479966ff6cce061635dbcdf8676770d8116ce16f8b9'],
      [697_149, '4c90c74c8e9f41a7042e42b9a27b6db7ae148b7c368dc7f5ef850870e709a5f4'],
    ),
  },
  requests: file(
    'data_full.json.gz',
    [283_591, 'dd0506ed2b594e393560a13e087ed4bedd8cb2a9410ef0afb7efe5f7ee94638b'],
    [2_495_390, '36923c3705a59e08fe9c3883d8bc2dd966ef93e22cb78ac41171782a698d56e0'],
  ),
} as const;
