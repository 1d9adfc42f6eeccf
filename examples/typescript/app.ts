import { App } from 'aws-cdk-lib';
import { InfrastructureStack } from './infrastructure-stack';

const app = new App();
new InfrastructureStack(app, 'Infrastructure');
app.synth();
