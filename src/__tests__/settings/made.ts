import type { Settings } from '../../api/types';

/** What a server says that is configured with nothing. */
export function makeSettings(fields: Partial<Settings> = {}): Settings {
  return {
    destination: 'auto',
    registry: '',
    tag_template: '{notebook}:latest',
    platforms: [],
    base_image: '',
    locked: [],
    allowed_registries: null,
    max_concurrent_builds: 1,
    build_timeout_seconds: null,
    storage_quota_bytes: null,
    storage_used_bytes: 1_200_000_000,
    runner: { name: 'docker', reasons: [] },
    can: { build: true, run: true, push: true, delete: true },
    ...fields
  };
}
