import { FaultguardError } from '../errors.ts';

/** As `engines` in package.json has it: older ones lack functions that are imported by name, and would say so. */
const OLDEST = { major: 22, minor: 20 };

/** @throws FaultguardError `ERR_FAULTGUARD_NODE_TOO_OLD` */
export function checkNodeVersion(functionName: string): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return;
  throw new FaultguardError(
    'ERR_FAULTGUARD_NODE_TOO_OLD',
    `${functionName}() needs Node.js ${OLDEST.major}.${OLDEST.minor} or later, and this is ${process.versions.node}. ` +
      'Nothing has been started or read. Run the script with a newer Node.js.',
  );
}
