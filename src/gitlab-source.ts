import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import { Construct } from 'constructs';
import { ServerType } from './server-type';
import { arrayOf, BOOLEAN_OR_TOKEN, having, number, optional, requireNoMoreArguments, requireOptions, string } from './validation';

/**
 * Properties of `GitLabSource`.
 */
export interface GitLabSourceProps {
  /**
   * The HTTPS address from which the repository is cloned, such as `https://gitlab.com/group/project.git`.
   *
   * @default - none: `groupName` is required
   */
  readonly httpsCloneUrl?: string;

  /**
   * The name of a group whose webhook starts builds, for events of any repository in the group. Each build uses the
   * repository of its event. CodeBuild creates the webhook together with the project, so its credential must be
   * allowed to create webhooks of the group.
   *
   * To restrict the repositories, use `FilterGroup.andRepositoryNameIs` in `webhookFilters`.
   *
   * @default - none: `httpsCloneUrl` is required
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/gitlab-group-webhook.html
   */
  readonly groupName?: string;

  /**
   * The address of the group's self-managed GitLab, such as `https://gitlab.example.com`. Required for
   * `GitLabSource.selfManaged` with a `groupName`, otherwise not allowed.
   *
   * @default - none
   */
  readonly domain?: string;

  /**
   * The name of the source. Required for a secondary source.
   *
   * @default - none
   */
  readonly identifier?: string;

  /**
   * The commit, branch or tag to build.
   *
   * @default - the head of the default branch
   */
  readonly branchOrRef?: string;

  /**
   * How many commits of the history to fetch. 0 means all of them.
   *
   * @default - all
   */
  readonly cloneDepth?: number;

  /**
   * Whether to fetch submodules.
   *
   * @default false
   */
  readonly fetchSubmodules?: boolean;

  /**
   * Whether a webhook of the repository starts builds. CodeBuild creates the webhook together with the project, so it
   * must be able to sign in to GitLab by then: see `Connection.waitUntilAvailable`.
   *
   * @default - true with `webhookFilters` or a `groupName`, otherwise false
   */
  readonly webhook?: boolean;

  /**
   * The events that start a build. An event must match at least one of the groups.
   *
   * @default - every push and every merge request
   */
  readonly webhookFilters?: codebuild.FilterGroup[];

  /**
   * Whether CodeBuild reports the status of builds to GitLab.
   *
   * @default true
   */
  readonly reportBuildStatus?: boolean;
}

/**
 * A GitLab repository as the source of a CodeBuild project.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/gitlab-webhook.html
 *
 * @example
 * const gitLabProject = new codebuild.Project(this, 'GitLabProject', {
 *   source: GitLabSource.gitLab({ httpsCloneUrl: 'https://gitlab.com/group/project.git' }),
 * });
 * gitLabProject.node.addDependency(sourceCredentials);
 */
export class GitLabSource implements codebuild.ISource {
  /**
   * A repository or group on gitlab.com.
   *
   * Throws without `httpsCloneUrl` or `groupName`, with both, and with a `domain`.
   *
   * @param props the repository or group, and what to do with it
   */
  public static gitLab(props: GitLabSourceProps): GitLabSource {
    requireNoMoreArguments('GitLabSource.gitLab', arguments, 1);
    requireOptions('GitLabSource.gitLab', 'props', props, PROPS);
    requireRepositoryOrGroup('GitLabSource.gitLab', props);
    if (props.domain !== undefined) throw new Error(`GitLabSource.gitLab: domain only applies to a self-managed GitLab; got '${props.domain}'. Leave it out, or use GitLabSource.selfManaged`);
    return new GitLabSource(ServerType.GITLAB, props);
  }

  /**
   * A repository or group on a self-managed GitLab.
   *
   * Throws without `httpsCloneUrl` or `groupName`, with both, and with a `groupName` without its `domain`.
   *
   * @param props the repository or group, and what to do with it
   */
  public static selfManaged(props: GitLabSourceProps): GitLabSource {
    requireNoMoreArguments('GitLabSource.selfManaged', arguments, 1);
    requireOptions('GitLabSource.selfManaged', 'props', props, PROPS);
    requireRepositoryOrGroup('GitLabSource.selfManaged', props);
    if ((props.domain === undefined) !== (props.groupName === undefined)) {
      throw new Error(`GitLabSource.selfManaged: domain and groupName go together; got ${props.domain === undefined ? `groupName '${props.groupName}' alone` : `domain '${props.domain}' alone`}. Pass both for a group, such as domain 'https://gitlab.example.com', or httpsCloneUrl for a repository`);
    }
    return new GitLabSource(ServerType.GITLAB_SELF_MANAGED, props);
  }

  /** Whether CodeBuild offers a badge for builds of this source: always true. */
  public readonly badgeSupported = true;

  /** The name of the source. A secondary source has one. */
  public readonly identifier?: string;

  /** The type of the source, as CodeBuild calls it. */
  public readonly type: string;

  private readonly location?: string;

  /** The scope of a group's webhook. */
  private readonly scopeConfiguration?: codebuild.CfnProject.ScopeConfigurationProperty;

  /** The same source for GitHub. `bind` replaces its type, location and scope. */
  private readonly gitHubSource: codebuild.ISource;

  private constructor(type: ServerType, props: GitLabSourceProps) {
    if (props === undefined) throw new Error('GitLabSource: its constructor is private. Use GitLabSource.gitLab(props) or GitLabSource.selfManaged(props)');
    this.type = type;
    this.identifier = props.identifier;
    const { httpsCloneUrl, groupName, domain, ...common } = props;
    this.location = httpsCloneUrl;
    this.scopeConfiguration = groupName === undefined ? undefined : { name: groupName, domain, scope: 'GITLAB_GROUP' };
    // Without a repository, CDK creates the source of an organization's webhook.
    this.gitHubSource = codebuild.Source.gitHub({
      ...common, owner: 'any', ...httpsCloneUrl === undefined ? { webhook: true, webhookFilters: props.webhookFilters ?? [] } : { repo: 'any' },
    });
  }

  /**
   * Called by the project to render this source.
   *
   * @param scope the scope for constructs that the source needs
   * @param project the project
   */
  public bind(scope: Construct, project: codebuild.IProject): codebuild.SourceConfig {
    const config = this.gitHubSource.bind(scope, project);
    const { location = config.sourceProperty.location, scopeConfiguration, type } = this;
    return {
      ...config,
      sourceProperty: { ...config.sourceProperty, type, location },
      buildTriggers: scopeConfiguration ? { ...config.buildTriggers, scopeConfiguration } : config.buildTriggers,
    };
  }
}

function requireRepositoryOrGroup(where: string, { httpsCloneUrl, groupName, webhook }: GitLabSourceProps): void {
  if ((httpsCloneUrl === undefined) === (groupName === undefined)) {
    throw new Error(`${where}: httpsCloneUrl or groupName is required; got ${groupName === undefined ? 'none' : 'both'}. Pass httpsCloneUrl for one repository, or groupName for the webhook of a group`);
  }
  if (groupName !== undefined && webhook === false) {
    throw new Error(`${where}: a group needs a webhook; got webhook false. Leave it out, or pass httpsCloneUrl instead of groupName`);
  }
}

const PROPS = {
  httpsCloneUrl: optional(string("an address like 'https://gitlab.com/group/project.git', without a user name or password",
    'Copy it from the repository: Code, Clone with HTTPS', (url) => /^https:\/\/[^/@\s]+\/\S+$/.test(url))),
  groupName: optional(string('a non-empty string', 'Copy the name of the group from its address')),
  domain: optional(string("an address like 'https://gitlab.example.com'", 'Copy it from the address of the group, without its path', (url) => /^https:\/\/[^/@\s]+$/.test(url))),
  identifier: optional(string('a non-empty string', 'Pass the name of the source, or leave it out')),
  branchOrRef: optional(string('a non-empty string', 'Pass a commit, branch or tag, or leave it out')),
  cloneDepth: optional(number('a whole number, 0 or more', 'Pass a number of commits, or leave it out for all of them', (value) => Number.isInteger(value) && value >= 0)),
  fetchSubmodules: optional(BOOLEAN_OR_TOKEN),
  webhook: optional(BOOLEAN_OR_TOKEN),
  webhookFilters: optional(arrayOf(having('_toJson', 'function', 'a FilterGroup', 'Pass them in an array, such as [codebuild.FilterGroup.inEventOf(codebuild.EventAction.PUSH)]'))),
  reportBuildStatus: optional(BOOLEAN_OR_TOKEN),
};
