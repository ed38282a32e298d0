import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { files: ['src/**/*.ts'], extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Numbers are readable in texts.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    } },
  { files: ['scripts/**/*.mjs'], extends: [eslint.configs.recommended],
    languageOptions: { globals: { console: 'readonly' } } },
);
