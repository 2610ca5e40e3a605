import type { Own } from '../../preview/metadata';
import {
  distributionOf,
  editsOf,
  isRequirement,
  isVersion,
  normalised,
  restored,
  servedOf,
  withAdded,
  withExcluded,
  withPin,
  withServed
} from '../../preview/metadata';

describe('edits of the metadata', () => {
  const own: Own = {
    state: 'run',
    dependencies: {
      pin: { pandas: '2.1.4' },
      add: ['requests>=2', 'My.Lib'],
      exclude: ['matplotlib'],
      later: true
    }
  };

  it('reads what is there, and nothing of another form', () => {
    expect(editsOf(own)).toEqual({
      pin: { pandas: '2.1.4' },
      add: ['requests>=2', 'My.Lib'],
      exclude: ['matplotlib']
    });
    const wrong: Own = { dependencies: { pin: ['a'], add: 'b', exclude: [1] } };
    expect(editsOf(wrong)).toEqual({ pin: {}, add: [], exclude: [] });
    expect(editsOf({ dependencies: 3 })).toEqual({
      pin: {},
      add: [],
      exclude: []
    });
  });

  const CASES: Record<string, [Own, object]> = {
    'pins another version': [
      withPin(own, 'pandas', ' 2.2.0 '),
      { pin: { pandas: '2.2.0' } }
    ],
    'pins what was excluded': [
      withPin(own, 'matplotlib', '3.9'),
      { pin: { pandas: '2.1.4', matplotlib: '3.9' }, exclude: undefined }
    ],
    'pins what was added, which stays added': [
      withPin(own, 'requests', '2.32.0'),
      { pin: { pandas: '2.1.4', requests: '2.32.0' } }
    ],
    'adds what is there in another version': [
      withAdded(own, 'Requests[socks] <3'),
      { add: ['My.Lib', 'Requests[socks] <3'] }
    ],
    'excludes what was pinned': [
      withExcluded(own, 'Pandas'),
      { pin: undefined, exclude: ['matplotlib', 'pandas'] }
    ],
    'restores by the normalised name': [
      restored(own, 'my_lib'),
      { add: ['requests>=2'] }
    ]
  };

  it.each(Object.entries(CASES))('%s', (_, [after, changed]) => {
    const before = own['dependencies'] as object;
    const expected = Object.fromEntries(
      Object.entries({ ...before, ...changed }).filter(
        ([, value]) => value !== undefined
      )
    );
    expect(after).toEqual({ state: 'run', dependencies: expected });
  });

  it('leaves nothing behind where nothing is edited any more', () => {
    const pinned = withPin({}, 'Scikit_Learn', '1.5.0');
    expect(pinned).toEqual({
      dependencies: { pin: { 'scikit-learn': '1.5.0' } }
    });
    expect(restored(pinned, 'scikit-learn')).toEqual({});
  });

  it('does not change what it was given', () => {
    const before = JSON.stringify(own);
    withPin(own, 'a', '1');
    withExcluded(own, 'pandas');
    restored(own, 'pandas');
    expect(JSON.stringify(own)).toBe(before);
  });
});

describe('what serves', () => {
  it('is a name, several, or left open', () => {
    expect(withServed({ state: 'run' }, ['a'])).toEqual({
      state: 'run',
      serve: 'a'
    });
    expect(withServed({}, ['a', 'b'])).toEqual({ serve: ['a', 'b'] });
    expect(withServed({ serve: 'a', keep: [3] }, [])).toEqual({ keep: [3] });
    expect(servedOf({ serve: 'a' })).toEqual(['a']);
    expect(servedOf({ serve: ['a', 'b'] })).toEqual(['a', 'b']);
    expect(servedOf({ serve: 3 })).toEqual([]);
  });
});

describe('what people type', () => {
  it.each([
    ['2.1.4', true],
    ['2.0.0rc1', true],
    ['1.0.post2', true],
    ['2.3.1+cu121', true],
    ['1!2.0', true],
    ['', false],
    ['>=2', false],
    ['2.1.*', false],
    ['latest', false],
    ['2.1; rm', false]
  ])('is %s a version: %s', (text, expected) => {
    expect(isVersion(text)).toBe(expected);
  });

  it.each([
    ['requests', true],
    ['requests>=2', true],
    ['requests >= 2, < 3', true],
    ['requests[socks,security]~=2.31', true],
    ['zope.interface==5.*', true],
    ['', false],
    ['>=2', false],
    ['requests 2', false],
    ['requests; os_name == "nt"', false],
    ['--index-url=http://x', false],
    ['a b', false]
  ])('is %s a requirement: %s', (text, expected) => {
    expect(isRequirement(text)).toBe(expected);
  });

  it('names are compared as PEP 503 says', () => {
    expect(normalised(' Zope._-Interface ')).toBe('zope-interface');
    expect(distributionOf('requests[socks]>=2')).toBe('requests');
    expect(distributionOf('>=2')).toBe('');
  });
});
