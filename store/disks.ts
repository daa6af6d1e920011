/** An encrypted disk for each database, and a policy of the same name that tables are made with: `storage_configuration`. */

export interface DiskXml {
  /** Letters, digits and `_`. */
  readonly name: string;
  /** The key, or the attribute that says where it is. */
  readonly key: string;
}

/** `beneath`: the disk that holds the ciphertext; `prefix`: in which folder of it, ended by `/`, or ''. */
export function diskStorageXml(disks: readonly DiskXml[], beneath: string, prefix: string, more = ''): string {
  const diskXml = disks.map(
    ({ name, key }) =>
      `<${name}><type>encrypted</type><disk>${beneath}</disk><path>${prefix}${name}/</path><algorithm>AES_256_CTR</algorithm>${key}</${name}>`,
  );
  const policies = disks.map(({ name }) => `<${name}><volumes><main><disk>${name}</disk></main></volumes></${name}>`);
  return `<storage_configuration><disks>${more}
${diskXml.join('\n')}</disks><policies>${policies.join('\n')}</policies></storage_configuration>`;
}

/** What the walls between clients rest on: without it every user reads who else there is from the server's own tables. */
export const accessXml = `<access_control_improvements>
<select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
<select_from_information_schema_requires_grant>true</select_from_information_schema_requires_grant>
<settings_constraints_replace_previous>true</settings_constraints_replace_previous>
</access_control_improvements>`;

/** Else each table looks for its parts on every other tenant's disk: 270,000 looks for 300 tenants. */
export const partsXml = '<merge_tree><search_orphaned_parts_disks>none</search_orphaned_parts_disks></merge_tree>';
