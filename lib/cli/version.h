/* SPDX-License-Identifier: MIT */
/* version: the suite's, for --version and the provenance in streams. */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

#define APPRENTICE_VERSION "0.1.0"

#endif
