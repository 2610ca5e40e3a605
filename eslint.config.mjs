import js from '@eslint/js';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const UNTRANSLATED = 'Words that people read go through the translator';
// Proper names and an address are the same in every language.
const WORDS =
  '/^(?!\\s*(CycloneDX|SPDX|curl|Python|registry\\.example\\.org\\S*)\\s*$).*\\p{Letter}{2}/su';
const READ = '/^(title|alt|label|placeholder|aria-label|aria-description)$/';

export default tseslint.config(
  {
    ignores: [
      'lib/',
      'coverage/',
      'jupyter_containerize/',
      'src/api/schema.ts',
      'ui-tests/{test-results,playwright-report,shots}/',
      '**/*.js',
      '**/*.mjs'
    ]
  },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  jsxA11y.flatConfigs.recommended,
  reactHooks.configs['recommended-latest'],
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.test.json', './ui-tests/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname
      }
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      // `() => f()` reads better than braces where the result is nobody's business.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true }
      ],
      // Signals are connected with the method and `this` as two arguments.
      '@typescript-eslint/unbound-method': 'off',
      // JupyterLab extensions keep options and ids in namespaces.
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'interface',
          format: ['PascalCase'],
          custom: { regex: '^I[A-Z]', match: true }
        }
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true }
      ],
      eqeqeq: 'error'
    }
  },
  {
    files: ['src/**/*.tsx'],
    ignores: ['src/__tests__/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: `JSXText[value=${WORDS}]`,
          message: UNTRANSLATED
        },
        {
          selector: `JSXAttribute[name.name=${READ}] > Literal[value=${WORDS}]`,
          message: UNTRANSLATED
        }
      ]
    }
  }
);
