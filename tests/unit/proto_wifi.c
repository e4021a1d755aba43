/* proto_wifi.c - wireless frames, radiotap headers and NetMon's metadata, frames built by hand. */
#include <criterion/criterion.h>

#include "tests/values.h"

enum { WIFI = 105, RADIOTAP = 127 };
#define NETMON_WIFI 0xffff0006u

static FrameDraft draft; /* tests run in processes of their own */

static FrameDraft *begin(const char *hex)
{
    frame_begin(&draft);
    frame_hex(&draft, hex);
    return &draft;
}

/* LLC, SNAP, IPv4 and UDP; then the frame is complete. */
static void udp_inside(FrameDraft *d)
{
    frame_hex(d, "aaaa03 000000 0800");
    frame_ipv4(d, 17, 0x0a000001, 0x0a000002);
    frame_udp(d, 1, 2);
    frame_be(d, 2, 0xabcd);
    frame_end(d);
}

#define A1   "0000000000a1"
#define A2   "0000000000a2"
#define A3   "0000000000a3"
#define A4   "0000000000a4"
#define MAC1 "00:00:00:00:00:a1"
#define MAC2 "00:00:00:00:00:a2"
#define MAC3 "00:00:00:00:00:a3"
#define MAC4 "00:00:00:00:00:a4"

/* -- data ---------------------------------------------------------------------------------------------------------------- */

Test(proto_wifi, data_holds_llc)
{
    FrameDraft *d = begin("0801 2c00 " A1 A2 A3 "3012");
    udp_inside(d);
    layers(d, WIFI, "WiFi.LLC.SNAP.IPv4.UDP");
    says(d, WIFI, "WiFi.FrameControl", "264");
    says(d, WIFI, "WiFi.FrameControl.Version", "0");
    says(d, WIFI, "WiFi.FrameControl.Type", "2");
    says(d, WIFI, "WiFi.FrameControl.SubType", "0");
    says(d, WIFI, "WiFi.FrameControl.ToDS", "1");
    says(d, WIFI, "WiFi.FrameControl.FromDS", "0");
    says(d, WIFI, "WiFi.Duration", "44");
    says(d, WIFI, "WiFi.ReceiverAddress", MAC1);
    says(d, WIFI, "WiFi.TransmitterAddress", MAC2);
    says(d, WIFI, "WiFi.BSSID", MAC1);
    says(d, WIFI, "WiFi.SourceAddress", MAC2);
    says(d, WIFI, "WiFi.DestinationAddress", MAC3);
    says(d, WIFI, "WiFi.Address", MAC1 " " MAC2 " " MAC3);
    says(d, WIFI, "WiFi.FragmentNumber", "0");
    says(d, WIFI, "WiFi.SequenceNumber", "291");
    says(d, WIFI, "WiFi.QoSControl", "");
    says(d, WIFI, "WiFi.Management.SA", "");
    says(d, WIFI, "WiFi.MetaData.PhyType", "");
    holds_when_cut(d, WIFI);
}

Test(proto_wifi, the_first_fragment_holds_the_header)
{
    FrameDraft *d = begin("0801 0000 " A1 A2 A3 "3012");
    udp_inside(d);
    layers(d, WIFI, "WiFi.LLC.SNAP.IPv4.UDP");
    d->bytes[22] = 0x31;
    layers(d, WIFI, "WiFi");
}

Test(proto_wifi, addresses_by_the_two_flags)
{
    FrameDraft *d = begin("0800 0000 " A1 A2 A3 "0000");
    udp_inside(d);
    says(d, WIFI, "WiFi.DestinationAddress", MAC1);
    says(d, WIFI, "WiFi.SourceAddress", MAC2);
    says(d, WIFI, "WiFi.BSSID", MAC3);
    d->bytes[1] = 2;
    says(d, WIFI, "WiFi.DestinationAddress", MAC1);
    says(d, WIFI, "WiFi.SourceAddress", MAC3);
    says(d, WIFI, "WiFi.BSSID", MAC2);
    layers(d, WIFI, "WiFi.LLC.SNAP.IPv4.UDP");
    d = begin("0803 0000 " A1 A2 A3 "0000" A4);
    udp_inside(d);
    layers(d, WIFI, "WiFi.LLC.SNAP.IPv4.UDP");
    says(d, WIFI, "WiFi.DestinationAddress", MAC3);
    says(d, WIFI, "WiFi.SourceAddress", MAC4);
    says(d, WIFI, "WiFi.BSSID", "");
    says(d, WIFI, "WiFi.Address", MAC1 " " MAC2 " " MAC3 " " MAC4);
    holds_when_cut(d, WIFI);
}

Test(proto_wifi, qos_and_ht_control)
{
    FrameDraft *d = begin("8801 0000 " A1 A2 A3 "0000 0500");
    udp_inside(d);
    layers(d, WIFI, "WiFi.LLC.SNAP.IPv4.UDP");
    says(d, WIFI, "WiFi.QoSControl", "5");
    says(d, WIFI, "WiFi.QoSControl.TID", "5");
    says(d, WIFI, "WiFi.QoSControl.AMSDUPresent", "0");
    holds_when_cut(d, WIFI);
    d = begin("8881 0000 " A1 A2 A3 "0000 0500 00000000");
    udp_inside(d);
    layers(d, WIFI, "WiFi.LLC.SNAP.IPv4.UDP");
    says(d, WIFI, "WiFi.QoSControl.TID", "5");
    holds_when_cut(d, WIFI);
    d = begin("8883 0000 " A1 A2 A3 "0000" A4 "0600 00000000");
    udp_inside(d);
    layers(d, WIFI, "WiFi.LLC.SNAP.IPv4.UDP");
    says(d, WIFI, "WiFi.QoSControl.TID", "6");
    d = begin("0881 0000 " A1 A2 A3 "0000"); /* in order, without QoS: no HT control */
    udp_inside(d);
    layers(d, WIFI, "WiFi.LLC.SNAP.IPv4.UDP");
}

Test(proto_wifi, what_holds_nothing)
{
    FrameDraft *d = begin("0841 0000 " A1 A2 A3 "0000"); /* encrypted */
    udp_inside(d);
    layers(d, WIFI, "WiFi");
    says(d, WIFI, "WiFi.FrameControl.ProtectedFrame", "1");
    d->bytes[1] = 1, d->bytes[0] = 0x48; /* null data */
    layers(d, WIFI, "WiFi");
    d->bytes[0] = 0x09; /* another version */
    layers(d, WIFI, "WiFi");
    says(d, WIFI, "WiFi.FrameControl.Version", "1");
    says(d, WIFI, "WiFi.Duration", "");
    says(d, WIFI, "WiFi.Address", "");
    d = begin("0801 0000 " A1 A2 A3 "0000 ffff 0022"); /* Novell's IPX */
    layers(d, WIFI, "WiFi");
}

Test(proto_wifi, of_several_packets_the_first_is_followed)
{
    FrameDraft *d = begin("8801 0000 " A1 A2 A3 "0000 8000 0000000000b1 0000000000b2 0026");
    udp_inside(d);
    frame_hex(d, "0000 0000000000b3 0000000000b4 0003 424203");
    layers(d, WIFI, "WiFi.LLC.SNAP.IPv4.UDP");
    says(d, WIFI, "WiFi.QoSControl.AMSDUPresent", "1");
    says(d, WIFI, "UDP.UDPPayload", "abcd");
    holds_when_cut(d, WIFI);
    d->bytes[26 + 13] = 8 + 20; /* its length leaves no UDP */
    layers(d, WIFI, "WiFi.LLC.SNAP.IPv4");
    d->len = 26 + 13;
    layers(d, WIFI, "WiFi");
}

/* -- control and management ---------------------------------------------------------------------------------------------- */

Test(proto_wifi, control_frames_have_one_address_or_two)
{
    FrameDraft *d = begin("d400 0000 " A1); /* an acknowledgement */
    says(d, WIFI, "WiFi.Address", MAC1);
    says(d, WIFI, "WiFi.TransmitterAddress", "");
    says(d, WIFI, "WiFi.SequenceNumber", "");
    says(d, WIFI, "WiFi.SourceAddress", "");
    d = begin("b400 0000 " A1 A2); /* a request to send */
    says(d, WIFI, "WiFi.Address", MAC1 " " MAC2);
    says(d, WIFI, "WiFi.TransmitterAddress", MAC2);
    layers(d, WIFI, "WiFi");
    holds_when_cut(d, WIFI);
    d = begin("1c00 0000 " A1 A2); /* an extension */
    says(d, WIFI, "WiFi.Address", "");
}

Test(proto_wifi, beacons)
{
    FrameDraft *d =
        begin("8000 0000 ffffffffffff" A2 A3 "1000 0000000000000000 6400 0104 0003 616263 0104 02040b16 0301 06");
    layers(d, WIFI, "WiFi");
    says(d, WIFI, "WiFi.FrameControl.Type", "0");
    says(d, WIFI, "WiFi.FrameControl.SubType", "8");
    says(d, WIFI, "WiFi.Management.DA", "ff:ff:ff:ff:ff:ff");
    says(d, WIFI, "WiFi.Management.SA", MAC2);
    says(d, WIFI, "WiFi.Management.BSSID", MAC3);
    says(d, WIFI, "WiFi.SourceAddress", MAC2);
    says(d, WIFI, "WiFi.BSSID", MAC3);
    says(d, WIFI, "WiFi.Management.SSID", "abc");
    says(d, WIFI, "WiFi.Management.Element.ID", "0 1 3");
    says(d, WIFI, "WiFi.Management.Element", "0003616263 010402040b16 030106");
    says(d, WIFI, "WiFi.Management.ReasonCode", "");
    holds_when_cut(d, WIFI);
    d->bytes[37] = 200; /* an element that leads out of the frame */
    says(d, WIFI, "WiFi.Management.Element.ID", "");
    d->bytes[37] = 3, d->bytes[1] = 0x40; /* a protected body */
    says(d, WIFI, "WiFi.Management.SSID", "");
    says(d, WIFI, "WiFi.Management.SA", MAC2);
}

Test(proto_wifi, other_management)
{
    FrameDraft *d = begin("4000 0000 ffffffffffff" A2 "ffffffffffff 0000 0000 0101 82"); /* a probe for any network */
    says(d, WIFI, "WiFi.Management.Element.ID", "0 1");
    says(d, WIFI, "WiFi.Management.SSID", "");
    d = begin("c000 0000 " A1 A2 A3 "0000 0700"); /* a deauthentication */
    says(d, WIFI, "WiFi.Management.ReasonCode", "7");
    says(d, WIFI, "WiFi.Management.Element.ID", "");
    holds_when_cut(d, WIFI);
    d = begin("c080 0000 " A1 A2 A3 "0000 00000000 0800"); /* HT control in front */
    says(d, WIFI, "WiFi.Management.ReasonCode", "8");
    d = begin("2000 0000 " A1 A2 A3 "0000 0104 0a00 0000000000cc 0001 61"); /* a reassociation */
    says(d, WIFI, "WiFi.Management.SSID", "a");
}

/* -- radiotap ------------------------------------------------------------------------------------------------------------ */

Test(proto_wifi, radiotap_fields_are_aligned)
{
    /* clock, flags, rate, channel, signal, antenna */
    FrameDraft *d = begin("00 00 1a00 2f080000 0807060504030201 00 0c 6c09 a000 c5 01 0801 2c00 " A1 A2 A3 "0000");
    d->bytes[2] = 24;
    udp_inside(d);
    layers(d, RADIOTAP, "Radiotap.WiFi.LLC.SNAP.IPv4.UDP");
    says(d, RADIOTAP, "Radiotap.Version", "0");
    says(d, RADIOTAP, "Radiotap.Length", "24");
    says(d, RADIOTAP, "Radiotap.Present", "2095");
    says(d, RADIOTAP, "Radiotap.TSFT", "72623859790382856");
    says(d, RADIOTAP, "Radiotap.Flags", "0");
    says(d, RADIOTAP, "Radiotap.Rate", "12");
    says(d, RADIOTAP, "Radiotap.ChannelFrequency", "2412");
    says(d, RADIOTAP, "Radiotap.Channel", "1");
    says(d, RADIOTAP, "Radiotap.ChannelFlags", "160");
    says(d, RADIOTAP, "Radiotap.AntennaSignal", "-59");
    says(d, RADIOTAP, "Radiotap.AntennaNoise", "");
    says(d, RADIOTAP, "Radiotap.Antenna", "1");
    says(d, RADIOTAP, "Property.WifiChannel", "1");
    holds_when_cut(d, RADIOTAP);
    d->bytes[2] = 23; /* shorter than its fields; the frame behind it begins with the last of them */
    says(d, RADIOTAP, "Radiotap.AntennaSignal", "-59");
    says(d, RADIOTAP, "Radiotap.Antenna", "");
    d->bytes[2] = 7;
    layers(d, RADIOTAP, "Radiotap");
    says(d, RADIOTAP, "Radiotap.Length", "7");
    says(d, RADIOTAP, "Radiotap.Present", "");
    d->bytes[0] = 1;
    says(d, RADIOTAP, "Radiotap.Version", "1");
    says(d, RADIOTAP, "Radiotap.Length", "");
}

Test(proto_wifi, radiotap_padding_and_check_sequence)
{
    FrameDraft *d = begin("00 00 0900 02000000 30 8801 0000 " A1 A2 A3 "0000 0500 0000");
    udp_inside(d);
    frame_hex(d, "deadbeef");
    layers(d, RADIOTAP, "Radiotap.WiFi.LLC.SNAP.IPv4.UDP");
    says(d, RADIOTAP, "Radiotap.Flags", "48");
    d->bytes[9 + 28 + 8 + 3] = 40; /* a total length that would have the check sequence in it */
    d->bytes[9 + 28 + 8 + 20 + 5] = 20;
    says(d, RADIOTAP, "UDP.UDPPayload", "abcd");
    d->bytes[8] = 0x10; /* no padding: its zeros are read as LLC */
    layers(d, RADIOTAP, "Radiotap.WiFi.LLC");
}

Test(proto_wifi, radiotap_words_of_several_antennas)
{
    /* present: signal, then twice signal and antenna, each in radiotap's own name space */
    FrameDraft *d = begin("00 00 1500 200000a0 200800a0 20080000 c4 c5 00 c6 01 d400 0000 " A1);
    layers(d, RADIOTAP, "Radiotap.WiFi");
    says(d, RADIOTAP, "Radiotap.Present", "2684354592 2684356640 2080");
    says(d, RADIOTAP, "Radiotap.AntennaSignal", "-60 -59 -58");
    says(d, RADIOTAP, "Radiotap.Antenna", "0 1");
    holds_when_cut(d, RADIOTAP);
    d->bytes[11] = 0x80; /* what the next word means is not said */
    says(d, RADIOTAP, "Radiotap.AntennaSignal", "-60 -59");
}

Test(proto_wifi, radiotap_words_of_a_vendor)
{
    /* signal; a vendor's word, of three bytes; radiotap's again: antenna */
    FrameDraft *d = begin("00 00 1c00 200000c0 ffff00a0 00080000 c4 00 000102 00 0300 aabbcc 05 d400 0000 " A1);
    layers(d, RADIOTAP, "Radiotap.WiFi");
    says(d, RADIOTAP, "Radiotap.AntennaSignal", "-60");
    says(d, RADIOTAP, "Radiotap.Antenna", "5");
    d->bytes[22] = 200; /* more than there is */
    says(d, RADIOTAP, "Radiotap.Antenna", "");
    d = begin(
        "00 00 0a00 20000010 c4 05 d400 0000 " A1); /* a bit whose field has no known size: behind what is known */
    says(d, RADIOTAP, "Radiotap.AntennaSignal", "-60");
    d = begin("00 00 0800 ffffffff ffffffff ffffffff"); /* words without end */
    says(d, RADIOTAP, "Radiotap.AntennaSignal", "");
    says(d, RADIOTAP, "Radiotap.Present", "4294967295");
    holds_when_cut(d, RADIOTAP);
}

Test(proto_wifi, radiotap_rates_of_802_11n)
{
    FrameDraft *d = begin("00 00 0b00 00000800 27 00 07 d400 0000 " A1);
    says(d, RADIOTAP, "Radiotap.MCSIndex", "7");
    d->bytes[8] = 0x25; /* not known */
    says(d, RADIOTAP, "Radiotap.MCSIndex", "");
}

Test(proto_wifi, channels_of_frequencies)
{
    static const struct {
        const char *hex, *want;
    } rows[] = {
        {"6c09", "1"},   {"8509", "6"}, {"a809", "13"},  {"b409", "14"}, {"3c14", "36"},
        {"c116", "165"}, {"4317", "1"}, {"cb1b", "233"}, {"6d09", ""},   {"0000", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        FrameDraft *d = begin("00 00 0c00 08000000");
        frame_hex(d, rows[i].hex);
        frame_hex(d, "0000 d400 0000 " A1);
        says(d, RADIOTAP, "Radiotap.Channel", rows[i].want);
    }
}

/* -- NetMon's metadata --------------------------------------------------------------------------------------------------- */

Test(proto_wifi, netmon_metadata)
{
    FrameDraft *d = begin("02 2000 00000080 00000000 06000000 0b000000 c9ffffff 6c 0102030405060708 8801 0000 " A1 A2 A3
                          "0000 0000");
    udp_inside(d);
    layers(d, NETMON_WIFI, "WiFi.LLC.SNAP.IPv4.UDP");
    says(d, NETMON_WIFI, "WiFi.MetaData.OpMode", "2147483648");
    says(d, NETMON_WIFI, "WiFi.MetaData.PhyType", "6");
    says(d, NETMON_WIFI, "WiFi.MetaData.Channel", "11");
    says(d, NETMON_WIFI, "WiFi.MetaData.RSSI", "-55");
    says(d, NETMON_WIFI, "WiFi.MetaData.Rate", "108");
    says(d, NETMON_WIFI, "WiFi.SourceAddress", MAC2);
    says(d, NETMON_WIFI, "Property.WifiChannel", "11");
    holds_when_cut(d, NETMON_WIFI);
    d->bytes[15] = 0x3c, d->bytes[16] = 0x14; /* a frequency */
    says(d, NETMON_WIFI, "WiFi.MetaData.Channel", "36");
    d->bytes[32 + 1] = 0x41; /* in monitor mode encrypted means encrypted */
    layers(d, NETMON_WIFI, "WiFi");
    d->bytes[6] = 0, d->bytes[3] = 1; /* as a station it was decrypted, and taken apart */
    d->bytes[32 + 24] = 0x80;
    layers(d, NETMON_WIFI, "WiFi.LLC.SNAP.IPv4.UDP");
    memset(d->bytes + 7, 0xff, 4); /* the radio says nothing */
    says(d, NETMON_WIFI, "WiFi.MetaData.PhyType", "");
    says(d, NETMON_WIFI, "WiFi.MetaData.OpMode", "1");
    d->bytes[1] = 31;
    layers(d, NETMON_WIFI, "");
    d->bytes[1] = 32, d->bytes[0] = 3;
    layers(d, NETMON_WIFI, "");
}
