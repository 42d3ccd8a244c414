namespace DrmHub.Vault.Audit;

/// <summary>Takes the values of a row, one column after the other.</summary>
internal interface IRowWriter
{
    void Add(long value);

    void Add(string? value);

    void Add(ReadOnlySpan<byte> value);

    void AddNull();
}
