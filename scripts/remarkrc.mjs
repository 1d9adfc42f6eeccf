// Checks the documents' links to files and headings of this repository, including those that use its GitHub URL because
// package registries need it.
export default {
  plugins: [['remark-validate-links', { repository: 'https://github.com/cdk-codebuild-source-credentials/cdk-codebuild-source-credentials' }]],
};
