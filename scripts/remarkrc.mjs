// Checks links of the documents to files and headings of this repository, also those with GitHub's address, for
// package registries.
export default {
  plugins: [['remark-validate-links', { repository: 'https://github.com/cdk-codebuild-source-credentials/cdk-codebuild-source-credentials' }]],
};
