/* nmcap.h - the NetMon front end: nmcap's switches, run by the same library. */
#ifndef CLI_NMCAP_H
#define CLI_NMCAP_H

int run_nmcap(int argc, char **argv);

#endif
