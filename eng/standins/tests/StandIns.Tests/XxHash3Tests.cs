using System.IO.Hashing;

namespace StandIns.Tests;

[TestFixture]
[Category("Unit")]
public class XxHash3Tests
{
    private const long Seed = unchecked((long)0x9E3779B185EBCA8DUL);

    // The expected values come from Microsoft's own System.IO.Hashing 10.0; the lengths are those at which the algorithm changes its way.
    [TestCase(0, 0L, 0x2D06800538D394C2UL)]
    [TestCase(0, Seed, 0xA8A6B918B2F0364AUL)]
    [TestCase(1, 0L, 0xC44BDFF4074EECDBUL)]
    [TestCase(1, Seed, 0x032BE332DD766EF8UL)]
    [TestCase(2, 0L, 0x50A0DC43C774EB84UL)]
    [TestCase(2, Seed, 0x05D09878FD3EF02DUL)]
    [TestCase(3, 0L, 0x3698B80191E625F9UL)]
    [TestCase(3, Seed, 0xE4C6FDE340D3B878UL)]
    [TestCase(4, 0L, 0x2E4AC2F1C52157FCUL)]
    [TestCase(4, Seed, 0xFC752D9AE3EDB0BFUL)]
    [TestCase(7, 0L, 0xD02B16C5070846F4UL)]
    [TestCase(7, Seed, 0xF905A041F5CB5A6BUL)]
    [TestCase(8, 0L, 0x60E1BAA91347A1F2UL)]
    [TestCase(8, Seed, 0x834E56DB54306F1EUL)]
    [TestCase(9, 0L, 0xD46086FEFB9C15ACUL)]
    [TestCase(9, Seed, 0x1CEF18779E10561DUL)]
    [TestCase(15, 0L, 0x18C167BFD74769D1UL)]
    [TestCase(15, Seed, 0x59D91C24BF0C8C1AUL)]
    [TestCase(16, 0L, 0x56E86EE481E67BE7UL)]
    [TestCase(16, Seed, 0x1CD498DAE5A5D68BUL)]
    [TestCase(17, 0L, 0xC21E91863869D393UL)]
    [TestCase(17, Seed, 0x5F67A8E92669143EUL)]
    [TestCase(31, 0L, 0x5147B144714FC997UL)]
    [TestCase(31, Seed, 0x4E088D00A96F6288UL)]
    [TestCase(32, 0L, 0x171123D0CEEB8481UL)]
    [TestCase(32, Seed, 0xC959D4941150BF01UL)]
    [TestCase(33, 0L, 0x59419E17CC5F344FUL)]
    [TestCase(33, Seed, 0x97BE4ADF3DE017E9UL)]
    [TestCase(64, 0L, 0x6801F1F80939CB49UL)]
    [TestCase(64, Seed, 0x654174405BFFC78BUL)]
    [TestCase(65, 0L, 0xFDD7F78C54BA8B1BUL)]
    [TestCase(65, Seed, 0x43CD6852667CF0A3UL)]
    [TestCase(128, 0L, 0x680EA2F98C3666C0UL)]
    [TestCase(128, Seed, 0x9A5D83E9DDF51366UL)]
    [TestCase(129, 0L, 0x0FEEA45FF9A2F6B9UL)]
    [TestCase(129, Seed, 0x671B028C6466A0A4UL)]
    [TestCase(143, 0L, 0xB6850D2DFC82111EUL)]
    [TestCase(143, Seed, 0x7C2172B03C30EAA7UL)]
    [TestCase(144, 0L, 0x8E724F54986F9964UL)]
    [TestCase(144, Seed, 0x375C5FE5B4E5A749UL)]
    [TestCase(239, 0L, 0x3901809CBEB30617UL)]
    [TestCase(239, Seed, 0x0263E43FD71785A0UL)]
    [TestCase(240, 0L, 0x78E7EDEDC793316DUL)]
    [TestCase(240, Seed, 0xF99C69EBB12529BEUL)]
    [TestCase(241, 0L, 0x560E07D972583E56UL)]
    [TestCase(241, Seed, 0xABB64E8EC23139F3UL)]
    [TestCase(256, 0L, 0x2B8D73C54F7E4FABUL)]
    [TestCase(256, Seed, 0x520F8F58F6EFF254UL)]
    [TestCase(511, 0L, 0x7017CAABC731915BUL)]
    [TestCase(511, Seed, 0xDF838C1F0B0500F8UL)]
    [TestCase(512, 0L, 0xF8592B47C612682AUL)]
    [TestCase(512, Seed, 0x886ECBEB034C7D51UL)]
    [TestCase(1023, 0L, 0x471A75ED32799AA6UL)]
    [TestCase(1023, Seed, 0xC75B690480679A4DUL)]
    [TestCase(1024, 0L, 0x59847C00BAA06D18UL)]
    [TestCase(1024, Seed, 0x8D2F695068F468AEUL)]
    [TestCase(1025, 0L, 0xB90FE1B2F2B7223BUL)]
    [TestCase(1025, Seed, 0xA756AB7AF113C395UL)]
    [TestCase(1087, 0L, 0xAC8E4F942ADED2FCUL)]
    [TestCase(1087, Seed, 0xF7498F9EA6784B05UL)]
    [TestCase(1088, 0L, 0x1C9E9E9E92E25575UL)]
    [TestCase(1088, Seed, 0xC184582620B51A69UL)]
    [TestCase(1089, 0L, 0x9799111E33C687B5UL)]
    [TestCase(1089, Seed, 0x34CA5BDA9B9FD11FUL)]
    [TestCase(2048, 0L, 0xD9ABEB9DF5D5D9D5UL)]
    [TestCase(2048, Seed, 0xCFBE7282122ADC19UL)]
    [TestCase(2049, 0L, 0x57A9BD25475F2B03UL)]
    [TestCase(2049, Seed, 0xCC96B561D3057D00UL)]
    [TestCase(5000, 0L, 0x35F7046915A548C0UL)]
    [TestCase(5000, Seed, 0x8A10BEA90B722A7BUL)]
    public void Hash_equals_that_of_the_genuine_package(int length, long seed, ulong expected)
    {
        var source = new byte[length];
        for (int i = 0; i < source.Length; i++)
            source[i] = (byte)((i * 31) + (i >> 3));

        Assert.That(XxHash3.HashToUInt64(source, seed), Is.EqualTo(expected));
    }
}
