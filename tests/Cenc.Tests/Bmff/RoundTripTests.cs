using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Tests.Interop;

namespace DrmHub.Cenc.Tests.Bmff;

public sealed class RoundTripTests
{
    [SkippableFact]
    public void Every_sample_file_is_written_back_byte_for_byte()
    {
        var files = MediaFiles.All().ToList();
        Skip.If(files.Count == 0, "the shared media vectors are not there");
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file);
            var written = new BoxWriter(bytes.Length);
            var input = new MediaInput(new MemoryStream(bytes), BmffLimits.Default, default);
            while (input.TryNext(out var box)) input.ReadBox(box).Write(written);
            Assert.True(written.Written.SequenceEqual(bytes), file);
        }
    }
}
