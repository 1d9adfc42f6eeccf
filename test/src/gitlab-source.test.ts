import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import { GitLabSource, GitLabSourceProps } from 'cdk-codebuild-source-credentials';

const URL = 'https://gitlab.example.com/group/project.git';

function properties(source: codebuild.ISource) {
  const stack = new Stack(new App(), 'Stack');
  new codebuild.Project(stack, 'Project', { source, badge: true });
  const [project] = Object.values(Template.fromStack(stack).findResources('AWS::CodeBuild::Project'));
  return project.Properties;
}

test.each([
  ['GITLAB', GitLabSource.gitLab],
  ['GITLAB_SELF_MANAGED', GitLabSource.selfManaged],
] as const)('%s', (type, create) => {
  const { Source, Triggers, SourceVersion } = properties(create({ httpsCloneUrl: URL }));

  expect(Source).toEqual({ Type: type, Location: URL, ReportBuildStatus: true });
  expect([Triggers, SourceVersion]).toEqual([undefined, undefined]);
});

test('every option is in the template', () => {
  const props: Required<Omit<GitLabSourceProps, 'groupName' | 'domain'>> = {
    httpsCloneUrl: URL,
    identifier: 'source',
    branchOrRef: 'main',
    cloneDepth: 1,
    fetchSubmodules: true,
    reportBuildStatus: false,
    webhook: true,
    webhookFilters: [codebuild.FilterGroup.inEventOf(codebuild.EventAction.PUSH).andBranchIs('main')],
  };
  const { Source, Triggers, SourceVersion } = properties(GitLabSource.gitLab(props));

  expect(Source).toEqual({
    Type: 'GITLAB', Location: URL, SourceIdentifier: 'source', GitCloneDepth: 1, GitSubmodulesConfig: { FetchSubmodules: true }, ReportBuildStatus: false,
  });
  expect(Triggers).toEqual({
    Webhook: true, FilterGroups: [[{ Type: 'EVENT', Pattern: 'PUSH' }, { Type: 'HEAD_REF', Pattern: 'refs/heads/main' }]],
  });
  expect(SourceVersion).toBe('main');
});

test('a GitLab source can be a secondary source', () => {
  const stack = new Stack(new App(), 'Stack');
  new codebuild.Project(stack, 'Project', {
    source: GitLabSource.gitLab({ httpsCloneUrl: URL }), secondarySources: [GitLabSource.gitLab({ httpsCloneUrl: URL, identifier: 'other' })],
  });
  Template.fromStack(stack).hasResourceProperties('AWS::CodeBuild::Project', { SecondarySources: [{ Type: 'GITLAB', SourceIdentifier: 'other' }] });
});

describe('the webhook of a group', () => {
  test.each([
    ['GITLAB', GitLabSource.gitLab({ groupName: 'platform' }), { Name: 'platform', Scope: 'GITLAB_GROUP' }],
    [
      'GITLAB_SELF_MANAGED', GitLabSource.selfManaged({ groupName: 'platform', domain: 'https://gitlab.example.com' }),
      { Name: 'platform', Domain: 'https://gitlab.example.com', Scope: 'GITLAB_GROUP' },
    ],
  ] as const)('is in the template for %s', (type, source, ScopeConfiguration) => {
    const { Source, Triggers } = properties(source);
    expect(Source).toEqual({ Type: type, Location: 'CODEBUILD_DEFAULT_WEBHOOK_SOURCE_LOCATION', ReportBuildStatus: true });
    expect(Triggers).toEqual({ Webhook: true, ScopeConfiguration });
  });

  test('can have filters, even by repository', () => {
    const webhookFilters = [codebuild.FilterGroup.inEventOf(codebuild.EventAction.WORKFLOW_JOB_QUEUED).andRepositoryNameIs('service')];
    expect(properties(GitLabSource.gitLab({ groupName: 'platform', webhookFilters })).Triggers).toEqual({
      Webhook: true,
      ScopeConfiguration: { Name: 'platform', Scope: 'GITLAB_GROUP' },
      FilterGroups: [[{ Type: 'EVENT', Pattern: 'WORKFLOW_JOB_QUEUED' }, { Type: 'REPOSITORY_NAME', Pattern: 'service' }]],
    });
  });

  test.each([
    [() => GitLabSource.gitLab({}), 'GitLabSource.gitLab: httpsCloneUrl or groupName is required; got none. Pass httpsCloneUrl for one repository, or groupName for the webhook of a group'],
    [() => GitLabSource.gitLab({ httpsCloneUrl: URL, groupName: 'platform' }), 'GitLabSource.gitLab: httpsCloneUrl or groupName is required; got both'],
    [() => GitLabSource.gitLab({ groupName: 'platform', webhook: false }), 'GitLabSource.gitLab: a group needs a webhook; got webhook false'],
    [() => GitLabSource.gitLab({ groupName: 'platform', domain: 'https://gitlab.com' }), "GitLabSource.gitLab: domain only applies to a self-managed GitLab; got 'https://gitlab.com'"],
    [() => GitLabSource.selfManaged({ groupName: 'platform' }), "GitLabSource.selfManaged: domain and groupName go together; got groupName 'platform' alone"],
    [() => GitLabSource.selfManaged({ httpsCloneUrl: URL, domain: 'https://gitlab.example.com' }), "got domain 'https://gitlab.example.com' alone"],
    [() => GitLabSource.selfManaged({ groupName: 'platform', domain: 'gitlab.example.com' }), "domain must be an address like 'https://gitlab.example.com'; got the string 'gitlab.example.com'"],
    [() => GitLabSource.gitLab({ groupName: '' }), 'groupName must be a non-empty string'],
  ])('is refused %#', (create, message) => {
    expect(create).toThrow(message);
  });
});
