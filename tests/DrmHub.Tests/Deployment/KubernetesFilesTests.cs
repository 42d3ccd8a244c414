using DrmHub.Testing;
using k8s;
using k8s.Models;

namespace DrmHub.DrmHub.Tests.Deployment;

/// <summary>The manifests of deploy/kubernetes, read strictly by the models of the Kubernetes API: no field that it does not know, and every name leads somewhere.</summary>
public sealed class KubernetesFilesTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy/kubernetes");

    private static readonly List<IKubernetesObject<V1ObjectMeta>> Objects =
    [
        .. Directory.GetFiles(Folder, "*.yaml").Where(file => !file.EndsWith("kustomization.yaml", StringComparison.Ordinal)).Order()
            .SelectMany(file => KubernetesYaml.LoadAllFromString(File.ReadAllText(file), strict: true)).Cast<IKubernetesObject<V1ObjectMeta>>(),
    ];

    private static readonly List<(string Name, V1PodTemplateSpec Pod)> Pods =
    [
        .. All<V1Deployment>().Select(one => (one.Metadata.Name, one.Spec.Template)),
        .. All<V1StatefulSet>().Select(one => (one.Metadata.Name, one.Spec.Template)),
    ];

    [Fact]
    public void What_belongs_to_a_deployment_is_there()
    {
        Assert.Equal(["keys", "licenses"], Pods.Select(pod => pod.Name).Order());
        Assert.NotEmpty(All<V2HorizontalPodAutoscaler>());
        Assert.NotEmpty(All<V1PodDisruptionBudget>());
        Assert.NotEmpty(All<V1Ingress>());
        Assert.Contains(All<V1NetworkPolicy>(), policy => policy.Spec.PodSelector?.MatchLabels is null or { Count: 0 } && policy.Spec.PolicyTypes.Count == 2 && policy.Spec.Ingress is null && policy.Spec.Egress is null);
        var listed = File.ReadAllLines(Path.Combine(Folder, "kustomization.yaml")).Where(line => line.StartsWith("  - ", StringComparison.Ordinal) && line.EndsWith(".yaml", StringComparison.Ordinal)).Select(line => line[4..]);
        Assert.Equal(Directory.GetFiles(Folder, "*.yaml").Select(Path.GetFileName).Except(["kustomization.yaml", "secrets.example.yaml"]).Order(), listed.Order()!);
    }

    [Fact]
    public void Every_pod_is_what_the_restricted_standard_allows()
    {
        var enforced = All<V1Namespace>().Single().Metadata.Labels["pod-security.kubernetes.io/enforce"];
        Assert.Equal("restricted", enforced);
        foreach (var (_, pod) in Pods)
        {
            Assert.False(pod.Spec.AutomountServiceAccountToken);
            Assert.True(pod.Spec.SecurityContext.RunAsNonRoot);
            Assert.Equal(1654, pod.Spec.SecurityContext.RunAsUser);
            Assert.Equal("RuntimeDefault", pod.Spec.SecurityContext.SeccompProfile.Type);
            Assert.True(pod.Spec.TerminationGracePeriodSeconds >= 40);
            var container = Assert.Single(pod.Spec.Containers);
            Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
            Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.True(container.Resources.Requests.ContainsKey("cpu") && container.Resources.Limits.ContainsKey("memory"));
            foreach (var (probe, path) in (IEnumerable<(V1Probe, string)>)[(container.StartupProbe, "/health/ready"), (container.ReadinessProbe, "/health/ready"), (container.LivenessProbe, "/health/live")])
            {
                Assert.Equal(path, probe.HttpGet.Path);
                Assert.Contains(container.Ports, port => port.Name == probe.HttpGet.Port.Value);
            }

            Assert.Contains(container.VolumeMounts, mount => mount.MountPath == container.Args[container.Args.IndexOf("--data") + 1]);
        }
    }

    [Fact]
    public void Every_name_leads_somewhere()
    {
        var settings = All<V1ConfigMap>().Select(one => one.Metadata.Name).ToHashSet();
        var secrets = All<V1Secret>().Select(one => one.Metadata.Name).ToHashSet();
        foreach (var (name, pod) in Pods)
        {
            Assert.Contains(All<V1ServiceAccount>(), account => account.Metadata.Name == pod.Spec.ServiceAccountName);
            foreach (var source in pod.Spec.Containers[0].EnvFrom) Assert.Contains(source.ConfigMapRef?.Name ?? source.SecretRef.Name, source.ConfigMapRef is null ? secrets : settings);
            foreach (var volume in pod.Spec.Volumes.Where(volume => volume.ConfigMap is not null)) Assert.Contains(volume.ConfigMap.Name, settings);
            var claims = All<V1StatefulSet>().Where(one => one.Metadata.Name == name).SelectMany(one => one.Spec.VolumeClaimTemplates).Select(claim => claim.Metadata.Name);
            foreach (var mount in pod.Spec.Containers[0].VolumeMounts) Assert.Contains(mount.Name, pod.Spec.Volumes.Select(volume => volume.Name).Concat(claims));
            var selector = All<V1Deployment>().FirstOrDefault(one => one.Metadata.Name == name)?.Spec.Selector ?? All<V1StatefulSet>().Single(one => one.Metadata.Name == name).Spec.Selector;
            Assert.True(Fits(selector.MatchLabels, pod));
        }

        foreach (var service in All<V1Service>())
        {
            var (_, pod) = Pods.Single(pod => Fits(service.Spec.Selector, pod.Pod));
            foreach (var port in service.Spec.Ports) Assert.Contains(pod.Spec.Containers[0].Ports, open => open.Name == port.TargetPort.Value);
        }

        foreach (var selector in All<V1PodDisruptionBudget>().Select(one => one.Spec.Selector).Concat(All<V1NetworkPolicy>().Select(one => one.Spec.PodSelector).Where(one => one?.MatchLabels?.Count > 0)))
            Assert.Contains(Pods, pod => Fits(selector.MatchLabels, pod.Pod));
        foreach (var target in All<V2HorizontalPodAutoscaler>().Select(one => one.Spec.ScaleTargetRef)) Assert.Contains(Objects, one => one.Kind == target.Kind && one.Metadata.Name == target.Name);
        foreach (var backend in All<V1Ingress>().SelectMany(one => one.Spec.Rules).SelectMany(rule => rule.Http.Paths).Select(path => path.Backend.Service))
            Assert.Contains(All<V1Service>(), service => service.Metadata.Name == backend.Name && service.Spec.Ports.Any(port => port.Name == backend.Port.Name));
    }

    /// <summary>Behind an ingress that is not believed all players have one address, and together its rate.</summary>
    [Fact]
    public void The_ingress_is_a_trusted_proxy_and_only_players_come_through_it()
    {
        Assert.Contains(All<V1ConfigMap>(), settings => settings.Data.ContainsKey("Players__TrustedProxies__0"));
        var paths = All<V1Ingress>().SelectMany(one => one.Spec.Rules).SelectMany(rule => rule.Http.Paths).Select(path => path.Path);
        Assert.Equal(["/key", "/license", "/sessions"], paths.Order());
    }

    private static bool Fits(IDictionary<string, string> selector, V1PodTemplateSpec pod) => selector.All(label => pod.Metadata.Labels.TryGetValue(label.Key, out var value) && value == label.Value);

    private static IEnumerable<T> All<T>() => Objects.OfType<T>();
}
