namespace DrmHub.Cenc.Tests.Encryption;

/// <summary>Counts the spools that are opened and closed, and the most that one held.</summary>
internal sealed class Spool
{
    public int Opened { get; private set; }

    public int Closed { get; private set; }

    public long LongestAtOnce { get; private set; }

    public Stream Open()
    {
        Opened++;
        return new Counted(this);
    }

    private sealed class Counted(Spool owner) : MemoryStream
    {
        private bool _closed;

        public override void Write(byte[] buffer, int offset, int count)
        {
            base.Write(buffer, offset, count);
            owner.LongestAtOnce = Math.Max(owner.LongestAtOnce, Length);
        }

        protected override void Dispose(bool disposing)
        {
            if (!_closed) owner.Closed++;
            _closed = true;
            base.Dispose(disposing);
        }
    }
}
