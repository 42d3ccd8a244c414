using DrmHub.Sandbox;

namespace DrmHub.Host.Commands;

/// <summary>How to use the simulated services, as <c>drmhub sandbox</c> prints it.</summary>
internal static class SandboxBanner
{
    public static void Print(TextWriter output, string address)
    {
        var root = address + SandboxExtensions.DefaultPrefix;
        output.WriteLine($"""

            Simulated licence services (docs/sandbox.md). Their keys are public: nothing real may trust them.

              Widevine   POST {root}/cenc/getlicense/widevine_test
                         signer widevine_test, with the public test credentials
              PlayReady  POST {root}/playready/rightsmanager.asmx?cfg=(kid:header,sl:2000,…)
                         the syntax of Microsoft's public test server
                         POST {root}/playready/own.asmx
                         an own server: X-DrmHub-Policy under the key of docs/playready.md
              FairPlay   POST {root}/fairplay/ksm
                         create-ckc and get-client-info
                         GET  {root}/fairplay/certificate
              Faults     POST {root}/faults   with a body such as this one
                         {"{"}"service":"widevine","fault":"latency:500,status:503","count":3{"}"}

            A simulated device asks any licence server, in another terminal:
              drmhub sandbox device widevine-l1 --url https://YOUR-SERVER/license/widevine --token TOKEN --kid KEY-ID

            Ready on {address}
            """);
        output.Flush();
    }
}
