/** Of the verbs by which an investigator reads; `dispatch` hands it to whoever writes readings down. */
export const purposeOption = {
  purpose: { type: 'string', value: 'TEXT', help: 'what for, kept in the log of readings (cordon reads)' },
} as const;
