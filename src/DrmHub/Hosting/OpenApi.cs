using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using DrmHub.Cenc;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace DrmHub.Host.Hosting;

/// <summary><c>/openapi/v1.json</c>: every route, with its roles, its problems and examples.</summary>
internal static class OpenApi
{
    private const string Bearer = "bearer";
    private const string ProblemType = "application/problem+json";

    public static IServiceCollection AddHubOpenApi(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "DrmHub",
                Version = typeof(OpenApi).Assembly.GetName().Version!.ToString(3),
                Description = "Content keys for packagers, licences for players, rights for those who decide. Errors are problem documents (RFC 9457) with a stable code.",
            };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "An operator's token; its roles open routes. Licence routes take a player's token." };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            DescribeRoles(operation, context);
            DescribeQuery(operation, context);
            DescribeProblems(operation);
            DescribeExample(operation);
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            DescribeType(schema, context);
            return Task.CompletedTask;
        });
    });

    private static void DescribeRoles(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var roles = context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().Select(each => each.Policy).OfType<string>().Distinct().ToList();
        if (roles.Count == 0) return;
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
        operation.Description = $"{operation.Description} Needs the role {string.Join(", ", roles)}.".TrimStart();
    }

    private static void DescribeQuery(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        foreach (var name in context.Description.ActionDescriptor.EndpointMetadata.OfType<QueryParameters>().SelectMany(each => each.Names))
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Schema = new OpenApiSchema { Type = name == "limit" ? JsonSchemaType.Integer : JsonSchemaType.String } });
        }
    }

    private static void DescribeProblems(OpenApiOperation operation)
    {
        foreach (var (status, response) in operation.Responses ?? [])
        {
            if (!OpenApiExamples.Problems.TryGetValue(status, out var problem) || response is not OpenApiResponse open) continue;
            open.Content ??= new Dictionary<string, OpenApiMediaType>();
            if (!open.Content.TryGetValue(ProblemType, out var content)) open.Content[ProblemType] = content = new OpenApiMediaType();
            content.Example = JsonNode.Parse(problem);
        }
    }

    private static void DescribeExample(OpenApiOperation operation)
    {
        if (operation.OperationId is not { } id || !OpenApiExamples.Requests.TryGetValue(id, out var example) || operation.RequestBody?.Content is not { } contents) return;
        foreach (var content in contents.Values) content.Example = JsonNode.Parse(example);
    }

    /// <summary>Rights are written by converters of their own (RightsJson), which the generator cannot see through.</summary>
    private static void DescribeType(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(JsonConverterAttribute), true).OfType<JsonConverterAttribute>().Any(each => each.ConverterType == typeof(UtcMilliseconds)) == true)
            (schema.Type, schema.Format) = (JsonSchemaType.String, "date-time");
        else if (type == typeof(KeyId))
            (schema.Type, schema.Properties, schema.Pattern) = (JsonSchemaType.String, null, "^[0-9a-f]{32}$");
        else if (type == typeof(TrackType))
            (schema.Type, schema.Enum) = (JsonSchemaType.String, [.. Enum.GetValues<TrackType>().Select(track => JsonValue.Create(track.ToName()))]);
        else if (type.IsEnum && type.Assembly == typeof(Deal).Assembly)
            (schema.Type, schema.Enum) = (JsonSchemaType.String, [.. type.GetFields().Where(field => field.IsLiteral).Select(NameOf)]);
    }

    private static JsonNode NameOf(System.Reflection.FieldInfo field) =>
        JsonValue.Create((field.GetCustomAttributes(typeof(JsonStringEnumMemberNameAttribute), false).FirstOrDefault() as JsonStringEnumMemberNameAttribute)?.Name ?? field.Name);
}
