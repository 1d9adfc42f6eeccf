// Java: a jar with its sources and its documentation, installed with Maven from a repository in a folder.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../packed-library.mjs';
import { command, lines } from './command.mjs';
import { name, requireContents, targets, TYPES, version } from './library.mjs';

const { package: javaPackage, maven: { groupId, artifactId } } = targets.java;
const REPOSITORY = join(ROOT, 'dist', 'java');
const COORDINATES = join(...groupId.split('.'), artifactId);
const JARS = join(REPOSITORY, COORDINATES, version);
const [JAR, SOURCES, JAVADOC] = ['', '-sources', '-javadoc'].map((classifier) => `${artifactId}-${version}${classifier}.jar`);

/** The download cache of the package's build: published packages do not change. */
const DOWNLOADS = join(ROOT, 'node_modules', '.cache', 'maven');

const inPackage = (path) => `${javaPackage.replaceAll('.', '/')}/${path}`;
const RESOURCES = ['$Module.txt', `${name}@${version}.jsii.tgz`].map(inPackage);

const SETTINGS = `<settings>
  <localRepository>${DOWNLOADS}</localRepository>
  <profiles>
    <profile>
      <id>packages</id>
      <repositories><repository><id>packages</id><url>${pathToFileURL(REPOSITORY)}</url></repository></repositories>
    </profile>
  </profiles>
  <activeProfiles><activeProfile>packages</activeProfile></activeProfiles>
</settings>
`;

export const java = {
  name: 'Java',
  id: 'java',
  tool: ['mvn', '--version'],
  packages: () => ({ jar: [join(JARS, JAR)], sources: [join(JARS, SOURCES)], javadoc: [join(JARS, JAVADOC)] }),

  async checkContents() {
    const filesOf = async (jar) => (await lines(JARS, process.env, 'jar', 'tf', jar)).filter((path) => !path.endsWith('/'));
    const isOfPackage = (path) => path.startsWith('META-INF/') || path.startsWith(inPackage(''));

    requireContents(JAR, await filesOf(JAR), [...RESOURCES, ...['$Module', ...TYPES].map((type) => inPackage(`${type}.class`))], isOfPackage);
    requireContents(SOURCES, await filesOf(SOURCES), [...RESOURCES, ...['$Module', ...TYPES].map((type) => inPackage(`${type}.java`))], isOfPackage);
    // Accept other files: javadoc's own pages differ between JDKs.
    requireContents(JAVADOC, await filesOf(JAVADOC), ['index.html', ...TYPES.map((type) => inPackage(`${type}.html`))], () => true);
  },

  async install(app, env) {
    // The build cached the package here, but the app must use the one in the repository.
    rmSync(join(DOWNLOADS, COORDINATES), { recursive: true, force: true });
    mkdirSync(join(app, '.mvn'));
    writeFileSync(join(app, '.mvn', 'settings.xml'), SETTINGS);
    writeFileSync(join(app, '.mvn', 'maven.config'), ['--settings', '.mvn/settings.xml', '--batch-mode'].join('\n'));
    await command(app, env, 'mvn', '--quiet', 'compile', 'exec:help');
    return env;
  },
};
