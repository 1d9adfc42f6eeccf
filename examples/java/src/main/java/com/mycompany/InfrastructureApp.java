package com.mycompany;

import software.amazon.awscdk.App;

public final class InfrastructureApp {
    public static void main(final String[] args) {
        final App app = new App();
        new InfrastructureStack(app, "Infrastructure");
        app.synth();
    }
}
