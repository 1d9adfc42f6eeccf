import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { bundleHandler } from './composition';
import { AWS_CUSTOM_RESOURCE, bundleWithDefaults } from '../handler/contenders';
import type { Section } from '../section';
import { kilobytes } from '../table';

/** The size of the handler's bundle, by package. */
export const bundle: Section = {
  name: 'bundle',

  async measure({ folder }) {
    const { code, packages } = bundleHandler();
    const sizes = [
      ['the handler', code],
      ['the handler, bundled with defaults', readFileSync(bundleWithDefaults(folder))],
      ['AwsCustomResource, without its SDK', readFileSync(AWS_CUSTOM_RESOURCE)],
    ] as const;
    const data = sizes.map(([name, bytes]) => ({ name, bytes: bytes.length, zipped: deflateRawSync(bytes, { level: 9 }).length }));
    return {
      data: { sizes: data, packages: Object.fromEntries(packages) },
      tables: [
        { title: 'Bundle', head: ['bundle', 'raw', 'zipped'], rows: data.map(({ name, bytes, zipped }) => [name, kilobytes(bytes), kilobytes(zipped)]) },
        { title: 'What is in the bundle', head: ['package', 'bytes'], rows: [...packages].map(([name, bytes]) => [name, kilobytes(bytes)]) },
      ],
    };
  },
};
