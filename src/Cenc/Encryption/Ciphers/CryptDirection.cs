namespace DrmHub.Cenc.Encryption;

public enum CryptDirection
{
    Encrypt,
    Decrypt,
}
